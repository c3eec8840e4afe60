using AutoDim.Data.Preparation;

namespace AutoDim.Data;

public sealed partial class ClickData
{
    private IReadOnlyList<FieldEncoder>? encoders;

    /// <summary>
    /// Opens a folder that <c>autodim prepare</c> made. Its files are compared with their checksums, which takes as long as to read them once,
    /// as the first epoch would; then nothing is kept in memory but what is asked for.
    /// </summary>
    /// <exception cref="AutoDimException">The folder holds no prepared data, or a file of it is missing, cut or damaged.</exception>
    public static ClickData Open(string folder)
    {
        var manifest = DataManifest.Load(folder);
        Verify(folder, manifest);
        List<ArrowSplit> splits = [];
        try
        {
            foreach (var split in manifest.Splits) splits.Add(new ArrowSplit(split.Files.Select(file => manifest.PathOf(folder, file)), manifest.Fields, split.Rows));
            return new ClickData(manifest.DataName, manifest.Fields, splits[0], splits[1], splits[2], manifest.Fingerprint) { Folder = Path.GetFullPath(folder), PrepareSeconds = manifest.Seconds };
        }
        catch
        {
            foreach (var split in splits) split.Dispose();
            throw;
        }
    }

    /// <summary>Where the data was opened from; null for data in memory.</summary>
    public string? Folder { get; private init; }

    /// <summary>What maps raw values to rows, of data in a folder; read when first asked for.</summary>
    internal IReadOnlyList<FieldEncoder> Encoders => encoders ??= Folder is { } folder && DataManifest.Load(folder) is var manifest ? VocabularyFile.Load(manifest.PathOf(folder, manifest.Vocabulary))
        : throw new InvalidOperationException("data in memory has no vocabulary");

    /// <summary>Seconds that preparing took; 0 for data in memory.</summary>
    public double PrepareSeconds { get; private init; }

    /// <summary>Compares every file with its checksum; throws at the first that differs.</summary>
    /// <exception cref="AutoDimException">A file is missing or damaged.</exception>
    public static void Verify(string folder)
    {
        var manifest = DataManifest.Load(folder);
        Verify(folder, manifest);
        VocabularyFile.Load(manifest.PathOf(folder, manifest.Vocabulary));
    }

    private static void Verify(string folder, DataManifest manifest)
    {
        foreach (var file in manifest.Files)
        {
            var info = new FileInfo(manifest.PathOf(folder, file));
            if (!info.Exists || info.Length != file.Bytes)
            {
                throw new AutoDimException($"'{info.FullName}' {(info.Exists ? $"has {info.Length} bytes, expected {file.Bytes}" : "is missing")}; prepare the data again");
            }

            if (DataManifest.Checksum(info.FullName) != file.Checksum) throw new AutoDimException($"'{info.FullName}' is damaged: its checksum does not match; prepare the data again");
        }
    }
}
