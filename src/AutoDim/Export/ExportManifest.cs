using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Graphs;

namespace AutoDim.Export;

/// <summary>What an export folder holds; export.json, written last.</summary>
internal sealed record ExportManifest
{
    public const string Name = "export.json";
    public const int Version = 2;

    public int FormatVersion { get; init; } = Version;

    public ExportFormat Format { get; init; }

    /// <summary>What the model is, its fields and how it was trained. Its weights are the exported file.</summary>
    public ModelManifest Model { get => field ?? new(); init; } = new();

    /// <summary>What the model takes of each field and sequence.</summary>
    public IReadOnlyList<ExportInput> Inputs { get => field ?? []; init; } = [];

    public IReadOnlyList<ExportTable> Tables { get => field ?? []; init; } = [];

    /// <summary>Largest difference from our log-odds on the golden rows, relative for those above 1.</summary>
    public double Tolerance { get; init; }

    /// <summary>Every file of the folder but this one.</summary>
    public IReadOnlyList<ModelFile> Files { get => field ?? []; init; } = [];

    public static ExportManifest Of(TrainedModel model, ExportOptions options, RawInputs? raw) => new()
    {
        Format = options.Format,
        Model = model.Manifest,
        Inputs = [.. Field.Columns(model.Model.Fields).Select((column, c) => new ExportInput(column.Name, column.Rows, column.MultiValued) { RawType = raw?.Columns[c].Input.Type })],
        Tables = [.. model.Model.Tables.Select(table => new ExportTable(table.Name, model.Model.Fields[table.Field].Name, table.Rows, table.Dim, table.Storage) { IsSparse = table.Kept is SparseRows, Prefixes = (table.Kept as PrefixRows)?.Prefixes, IsCodes = table.Codes != null })],
        Tolerance = options.Tolerance,
    };

    private string? Problem()
        => Inputs.Any(input => input is not { Name.Length: > 0, Rows: > 0 }) ? "an input has no name or no rows"
            : Tables.Any(table => table is not { Name.Length: > 0, Rows: >= 0 }) ? "a table has no name"
            : Files.Any(file => file is not { Name: not null, Checksum: not null }) ? "a file of it has no name or no checksum"
            : !Enum.IsDefined(Format) ? "its format is unknown"
            : Model.Problem();

    /// <exception cref="AutoDimException">The folder holds no export of this version.</exception>
    public static ExportManifest Load(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            var manifest = JsonFile.Load(path, ExportJson.Default.ExportManifest, Version, Version, "use that one, or export the model again");
            if (manifest.Problem() is { } problem) throw new JsonException(problem);
            foreach (var file in manifest.Files.Concat(manifest.Model.Files)) FolderFile.Check(folder, file.Name, path);
            return manifest;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AutoDimException($"'{folder}' holds no exported model that can be read ({Name}: {Reason.Of(exception)}); make one with: autodim export MODEL", exception);
        }
    }
}

/// <param name="Rows">Values are 0 to before it.</param>
/// <param name="IsPadded">Whether a sample may have any number, padded with −1.</param>
internal sealed record ExportInput(string Name, long Rows, bool IsPadded)
{
    /// <summary>Of the raw values that it takes instead of table rows; null: it takes table rows.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GraphType? RawType { get; init; }
}

/// <param name="Field">Whose values its rows are.</param>
internal sealed record ExportTable(string Name, string Field, long Rows, int Dim, RowStorage Storage)
{
    /// <summary>Whether only the numbers that a mask keeps are there, any of them, in two arrays.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSparse { get; init; }

    /// <summary>Where rows keep their first numbers, in two arrays: how many rows how many; null: they do not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RowPrefix>? Prefixes { get; init; }

    /// <summary>Whether its rows are codes, <see cref="Dim"/> of them, whatever the storage.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsCodes { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ExportManifest))]
[JsonSerializable(typeof(GoldenRows))]
internal sealed partial class ExportJson : JsonSerializerContext;
