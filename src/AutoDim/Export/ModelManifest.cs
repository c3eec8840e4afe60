using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Settings;

namespace AutoDim.Export;

/// <summary>What a model folder holds; manifest.json, written last and pointing at the other files.</summary>
internal sealed record ModelManifest
{
    public const string Name = "manifest.json";
    public const int Version = 2;

    /// <summary>Of before packed rows had a scale of one byte; models of numbers are the same.</summary>
    private const int FormerVersion = 1;

    public int FormatVersion { get; init; } = Version;

    public string Model { get => field ?? ""; init; } = "";

    public ModelOptions Options { get => field ?? new(); init; } = new();

    public IReadOnlyList<Field> Fields { get => field ?? []; init; } = [];

    public IReadOnlyList<int> Dims { get => field ?? []; init; } = [];

    /// <summary>Each field's row storage; empty where all are float32.</summary>
    public IReadOnlyList<RowStorage> Storages { get => field ?? []; init; } = [];

    /// <summary>Each field's limit below which values share a row; empty where none do. The fields' rows are those that are left.</summary>
    public IReadOnlyList<long> MinCounts { get => field ?? []; init; } = []; // files of before have none

    /// <summary>How each field's vectors are made; empty where each value has a row.</summary>
    public IReadOnlyList<RowForm?> Forms { get => field ?? []; init; } = []; // files of before have none

    public Projection Projection { get; init; }

    /// <summary>The plan that dimensions, storages, counts, forms and projection make.</summary>
    [JsonIgnore]
    public EmbeddingPlan Plan => EmbeddingPlan.Of(Fields, Dims, Storages, MinCounts, Forms) with { Projection = Projection };

    /// <summary>Fingerprint of the data it was trained on.</summary>
    public string Data { get; init; } = "";

    public TrainingRecord Training { get => field ?? new(); init; } = new();

    public ModelFile Weights { get => field ?? new("", ""); init; } = new("", "");

    /// <summary>Null where rows are given by the data already.</summary>
    public ModelFile? Vocabulary { get; init; }

    /// <summary>Null likewise.</summary>
    public ModelFile? Schema { get; init; }

    /// <summary>How often each row occurred when the model was made; null in folders of before, which had none. Scoring does not need it.</summary>
    public ModelFile? Frequencies { get; init; }

    /// <summary>The files that it points at.</summary>
    [JsonIgnore]
    public IReadOnlyList<ModelFile> Files => [.. ((ModelFile?[])[Weights, Vocabulary, Schema, Frequencies]).OfType<ModelFile>()];

    public void Save(string folder) => JsonFile.Save(Path.Combine(folder, Name), this, ModelJson.Default.ModelManifest);

    /// <summary>What of it contradicts itself or no model has; null where all is well. What it says of sizes is for who takes the memory to check.</summary>
    internal string? Problem()
    {
        bool OfEachField<T>(IReadOnlyList<T> list) => list.Count == 0 || list.Count == Fields.Count;
        return Fields.Count == 0 ? "it names no fields"
            : Field.Problem(Fields) is { } wrong ? wrong
            : Dims.Count != Fields.Count || Dims.Any(dim => dim is < 0 or > EmbeddingPlan.MostDim) || Dims.All(dim => dim == 0) ? $"dims has not a dimension from 0 to {EmbeddingPlan.MostDim} for each field, one of them above 0"
            : !OfEachField(Storages) || !Storages.All(Enum.IsDefined) ? "storages has not one for each field"
            : !OfEachField(MinCounts) || MinCounts.Any(count => count < 0) ? "minCounts has not one for each field"
            : !OfEachField(Forms) ? "forms has not one for each field"
            : !Enum.IsDefined(Projection) ? "its projection is unknown"
            : Files.Any(file => file.Name == null || file.Checksum == null) ? "a file of it has no name or no checksum"
            : SettingList.Problem(Options, "options");
    }

    /// <exception cref="AutoDimException">The folder holds no model of this version.</exception>
    public static ModelManifest Load(string folder)
    {
        var path = Path.Combine(folder, Name);
        try
        {
            var manifest = JsonFile.Load(path, ModelJson.Default.ModelManifest, FormerVersion, Version, "use that one, or train the model again");
            if (manifest.Problem() is { } problem) throw new JsonException(problem);
            foreach (var file in manifest.Files) FolderFile.Check(folder, file.Name, path);
            return manifest.FormatVersion == Version || manifest.Plan.IsFloat32 ? manifest
                : throw new AutoDimException($"'{path}' has format version {manifest.FormatVersion} and packed rows, which this program reads from version {Version} on; use the version of autodim that wrote it, or train the model again");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AutoDimException($"'{folder}' holds no model that can be read ({Name}: {Reason.Of(exception)}); a run leaves one in its folder model/", exception);
        }
    }
}

/// <summary>A file of a model folder.</summary>
internal sealed record ModelFile(string Name, string Checksum);

/// <summary>How the model came to be.</summary>
internal sealed record TrainingRecord
{
    public ulong Seed { get; init; }

    public double TableL2 { get; init; }

    /// <summary>Share of a teacher's predictions in the labels that it learned; 0: none.</summary>
    public double Distillation { get; init; }

    public double ValidAuc { get; init; }

    /// <summary>Of the deployed model on the validation split; null in folders of before.</summary>
    public ValidationRecord? Valid { get; init; }

    /// <summary>Fingerprint of the rows that the last update learned; null where the model was never updated.</summary>
    public string? LastUpdate { get; init; }

    /// <summary>What the last compression was asked for; null where the model was not compressed, or learned since.</summary>
    public string? LastCompression { get; init; }

    public long BestEpoch { get; init; }

    public long Steps { get; init; }
}

/// <summary>How a model did on rows that it did not learn.</summary>
/// <param name="AucStandardError">Of the AUC, by DeLong.</param>
internal sealed record ValidationRecord(Metrics Metrics, double AucStandardError)
{
    public static ValidationRecord Of(float[] logits, float[] labels) => new(Metrics.Compute(logits, labels), DeLong.StandardError(logits, labels));
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ModelJson : JsonSerializerContext;
