using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDim.Data;

/// <summary>What a folder of prepared data holds; data.json, written last, so that a folder with it is whole.</summary>
internal sealed record DataManifest
{
    public const string Name = "data.json";
    public const int Version = 1;

    public int FormatVersion { get; init; } = Version;

    public string DataName { get; init; } = "";

    /// <summary>Where the data came from.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    public IReadOnlyList<Field> Fields { get; init; } = [];

    public IReadOnlyList<SplitFiles> Splits { get; init; } = [];

    public long BadRows { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public double Seconds { get; init; }

    /// <summary>A hash over all files' checksums and the fields.</summary>
    public string Fingerprint { get; init; } = "";

    public void Save(string folder) => AtomicFile.WriteText(Path.Combine(folder, Name), JsonSerializer.Serialize(this, DataJson.Default.DataManifest));

    /// <exception cref="AutoDimException">The folder holds no prepared data of this version.</exception>
    public static DataManifest Load(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path)) throw new AutoDimException($"'{folder}' holds no prepared data ({Name} is missing); make it with: autodim prepare FILE --schema SCHEMA --out {folder}");
        try
        {
            var manifest = JsonSerializer.Deserialize(File.ReadAllText(path), DataJson.Default.DataManifest) ?? throw new JsonException("it is empty");
            return manifest.FormatVersion == Version ? manifest
                : throw new AutoDimException($"'{path}' has format version {manifest.FormatVersion}, this program reads {Version}; prepare the data again");
        }
        catch (JsonException exception)
        {
            throw new AutoDimException($"'{path}' is damaged: {exception.Message}; prepare the data again", exception);
        }
    }

    /// <summary>XxHash3 of a file's bytes.</summary>
    public static string Checksum(string path)
    {
        using var stream = File.OpenRead(path);
        var hash = new XxHash3();
        hash.Append(stream);
        return hash.GetCurrentHashAsUInt64().ToString("x16");
    }
}

/// <summary>The files of a split.</summary>
internal sealed record SplitFiles(string Name, long Rows, long Positives, IReadOnlyList<SplitFile> Files);

/// <summary>One Arrow file.</summary>
internal sealed record SplitFile(string Name, long Bytes, string Checksum);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DataManifest))]
internal sealed partial class DataJson : JsonSerializerContext;
