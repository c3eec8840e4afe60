using AutoDim.Data.Preparation;

namespace AutoDim.Data;

public sealed partial class ClickData
{
    /// <summary>Opens a folder that <c>autodim prepare</c> made. Nothing is read but what is asked for.</summary>
    /// <exception cref="AutoDimException">The folder holds no prepared data, or a file of it is missing or cut.</exception>
    public static ClickData Open(string folder)
    {
        var manifest = DataManifest.Load(folder);
        foreach (var file in manifest.Splits.SelectMany(split => split.Files))
        {
            var info = new FileInfo(Path.Combine(folder, file.Name));
            if (!info.Exists || info.Length != file.Bytes)
            {
                throw new AutoDimException($"'{info.FullName}' {(info.Exists ? $"has {info.Length} bytes, expected {file.Bytes}" : "is missing")}; prepare the data again");
            }
        }

        ArrowSplit Split(string name) => new(manifest.Splits.Single(split => split.Name == name).Files.Select(file => Path.Combine(folder, file.Name)), manifest.Fields);
        return new ClickData(manifest.DataName, manifest.Fields, Split("train"), Split("valid"), Split("test"), manifest.Fingerprint) { Folder = Path.GetFullPath(folder), PrepareSeconds = manifest.Seconds };
    }

    /// <summary>Where the data was opened from; null for data in memory.</summary>
    public string? Folder { get; private init; }

    /// <summary>Seconds that preparing took; 0 for data in memory.</summary>
    public double PrepareSeconds { get; private init; }

    /// <summary>Compares every file with its checksum; throws at the first that differs.</summary>
    public static void Verify(string folder)
    {
        foreach (var file in DataManifest.Load(folder).Splits.SelectMany(split => split.Files))
        {
            var path = Path.Combine(folder, file.Name);
            if (DataManifest.Checksum(path) != file.Checksum) throw new AutoDimException($"'{path}' is damaged: its checksum does not match; prepare the data again");
        }

        VocabularyFile.Load(Path.Combine(folder, VocabularyFile.Name));
    }
}
