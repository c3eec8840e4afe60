using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AutoDim.Data;

/// <summary>What a folder of prepared data holds; data.json, written last, so that a folder with it is whole.</summary>
internal sealed record DataManifest
{
    public const string Name = "data.json";
    public const string SchemaName = "schema.yaml";
    public const int Version = 1;

    public int FormatVersion { get; init; } = Version;

    public required string DataName { get; init; }

    /// <summary>The sub-folder with the files: a new one for each version, so that the former one stands until this is saved.</summary>
    public required string Folder { get; init; }

    /// <summary>Where the data came from.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    public required IReadOnlyList<Field> Fields { get; init; }

    /// <summary>train, valid and test.</summary>
    public required IReadOnlyList<SplitFiles> Splits { get; init; }

    /// <summary>The map from raw value to row.</summary>
    public required DataFile Vocabulary { get; init; }

    public required DataFile Schema { get; init; }

    public long BadRows { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public double Seconds { get; init; }

    /// <summary>A hash over fields, splits and all files' checksums: the same rows prepared the same way have the same one.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>All files, Arrow files first.</summary>
    [JsonIgnore]
    public IEnumerable<DataFile> Files => [.. Splits.SelectMany(split => split.Files), Vocabulary, Schema];

    /// <summary>Where a file of the data folder <paramref name="folder"/> lies.</summary>
    public string PathOf(string folder, DataFile file) => Path.Combine(folder, Folder, file.Name);

    public DataManifest WithFingerprint() => this with { Fingerprint = FingerprintOf(this) };

    public void Save(string folder) => JsonFile.Save(Path.Combine(folder, Name), this, DataJson.Default.DataManifest);

    /// <exception cref="AutoDimException">The folder holds no prepared data of this version, or what it says of it is damaged.</exception>
    public static DataManifest Load(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (!File.Exists(path)) throw new AutoDimException($"'{folder}' holds no prepared data ({Name} is missing); make it with: autodim prepare FILE --schema SCHEMA --out {folder}");
        try
        {
            var manifest = JsonFile.Load(path, DataJson.Default.DataManifest, Version, Version, "use that one, or prepare the data again");
            return manifest.Fingerprint == FingerprintOf(manifest) ? manifest : throw new JsonException("its fingerprint does not match");
        }
        catch (JsonException exception)
        {
            throw new AutoDimException($"'{path}' is damaged: {exception.Message}; prepare the data again", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>XxHash3 of a file's bytes.</summary>
    /// <exception cref="AutoDimException">The file cannot be read.</exception>
    public static string Checksum(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var hash = new XxHash3();
            hash.Append(stream);
            return hash.GetCurrentHashAsUInt64().ToString("x16");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Over what tells the content, whatever the data is called, came from or took.</summary>
    private static string FingerprintOf(DataManifest manifest)
    {
        var content = manifest with { DataName = "", Folder = "", Sources = [], BadRows = 0, Warnings = [], Seconds = 0, Fingerprint = "" };
        return XxHash3.HashToUInt64(JsonSerializer.SerializeToUtf8Bytes(content, DataJson.Default.DataManifest)).ToString("x16");
    }
}

/// <summary>The files of a split.</summary>
internal sealed record SplitFiles(string Name, long Rows, long Positives, IReadOnlyList<DataFile> Files);

/// <summary>A file of prepared data, within the manifest's folder.</summary>
internal sealed record DataFile(string Name, long Bytes, string Checksum)
{
    public static DataFile Of(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return new DataFile(name, new FileInfo(path).Length, DataManifest.Checksum(path));
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DataManifest))]
internal sealed partial class DataJson : JsonSerializerContext;
