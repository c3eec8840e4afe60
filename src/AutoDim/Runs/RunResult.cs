using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Runs.Scaling;

namespace AutoDim.Runs;

/// <summary>result.json: what a run came to.</summary>
public sealed record RunResult
{
    public int FormatVersion { get; init; } = 1;

    public string Data { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    public string Model { get; init; } = "";

    public IReadOnlyList<ulong> Seeds { get => field ?? []; init; } = [];

    public VariantResult Full { get => field ?? new(); init; } = new();

    public VariantResult Slim { get => field ?? new(); init; } = new();

    public IReadOnlyList<VariantResult> Uniform { get => field ?? []; init; } = [];

    /// <summary>Random search, AutoDim-s and further budgets.</summary>
    public IReadOnlyList<VariantResult> Others { get => field ?? []; init; } = [];

    /// <summary>Slim less full, on the test split.</summary>
    public double AucDelta { get; init; }

    /// <summary>95%: by DeLong for one seed, by Student's t over seeds for more.</summary>
    public IReadOnlyList<double> AucDeltaInterval { get => field ?? []; init; } = [];

    /// <summary>DeLong or Student.</summary>
    public string IntervalMethod { get; init; } = "";

    /// <summary>Slim's AUC less that of the uniform model nearest in bytes; null without one.</summary>
    public double? UniformDelta { get; init; }

    /// <summary>Its 95% interval.</summary>
    public IReadOnlyList<double>? UniformDeltaInterval { get; init; }

    /// <summary>The full model's embedding bytes divided by the slim one's.</summary>
    public double Ratio { get; init; }

    /// <summary>Null: none was given.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>The tolerance that the smallest model was looked for within, in words; null where none was given.</summary>
    public string? Within { get; init; }

    /// <summary>Most AUC that the slim model was allowed to lose on validation; null where nothing was said of that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Tolerance { get; init; }

    /// <summary>95% interval of slim less full on the validation split, by the same method as on test; null where there is no tolerance.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? ValidAucDeltaInterval { get; init; }

    /// <summary>Who made the plan.</summary>
    public string Method { get; init; } = "autodim";

    /// <summary>Whether the slim model and all others but the full one read their first-order term from the vectors and store no weight for each value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ReadsFirstOrder { get; init; }

    public IReadOnlyList<PlanRow> Plan { get => field ?? []; init; } = [];

    /// <summary>Why each field of the plan has its dimension.</summary>
    public IReadOnlyList<FieldExplanation> Explanations { get => field ?? []; init; } = []; // files of before have none

    /// <summary>Largest dimension that the search could choose.</summary>
    public int LargestCandidate { get; init; }

    /// <summary>Fields whose two best candidates are close.</summary>
    public IReadOnlyList<string> Undecided { get => field ?? []; init; } = [];

    public RunSeconds Seconds { get => field ?? new(); init; } = new();

    /// <summary>Training steps a second of the full model.</summary>
    public double StepsPerSecond { get; init; }

    public double SearchStepsPerSecond { get; init; }

    /// <summary>Largest resident memory of the process while searching, bytes.</summary>
    public long SearchPeakRss { get; init; }

    public int Threads { get; init; }

    public string Version { get; init; } = "";

    /// <summary>The result in a file; null where the file is of a command that has no plan.</summary>
    /// <exception cref="AutoDimException">The file cannot be read or is damaged.</exception>
    internal static RunResult? Load(string path)
    {
        try
        {
            var result = JsonSerializer.Deserialize(File.ReadAllText(path), RunJson.Default.RunResult) ?? throw new JsonException("it is empty");
            IEnumerable<object?> items = [.. result.Plan, .. result.Uniform, .. result.Others, .. result.Explanations];
            if (items.Contains(null) || result.AucDeltaInterval.Count is not (0 or 2)) throw new JsonException("a list of it has not what belongs there");
            return result.Plan.Count > 0 ? result : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"'{path}' cannot be read: {Reason.Of(exception)}; run the command again to make it anew", exception);
        }
    }
}

/// <summary>A field of the plan.</summary>
/// <param name="Bytes">Of the field's vectors.</param>
public sealed record PlanRow(string Field, long Rows, int Dim, long Bytes)
{
    /// <summary>Values that training saw fewer times share a row; 0: every value has its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MinCount { get; init; }

    /// <summary>How vectors are made of what is stored; null: each value has a row.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RowForm? Form { get; init; }

    /// <summary>Each field's row.</summary>
    public static PlanRow[] Of(EmbeddingPlan plan) => [.. plan.Fields.Select(item => new PlanRow(item.Field, item.Rows, item.Dim, item.Bytes) { MinCount = item.MinCount, Form = item.Form })];
}

/// <summary>Time by stage.</summary>
public sealed record RunSeconds
{
    public double Prepare { get; init; }

    public double Full { get; init; }

    public double Search { get; init; }

    /// <summary>Trainings made to choose the slim model.</summary>
    public double Trials { get; init; }

    public double Retrain { get; init; }

    public double Baselines { get; init; }
}

/// <summary>A variant over its seeds, on the test split.</summary>
public sealed record VariantResult
{
    public string Name { get; init; } = "";

    /// <summary>The one dimension of a uniform model; null otherwise.</summary>
    public int? Dim { get; init; }

    public double Auc { get; init; }

    public double AucStd { get; init; }

    public double Logloss { get; init; }

    public double NormalizedEntropy { get; init; }

    public double Calibration { get; init; }

    /// <summary>Of the first seed; empty but of the full and the slim model.</summary>
    public IReadOnlyList<CalibrationBin> CalibrationBins { get => field ?? []; init; } = []; // files of before have none

    public IReadOnlyList<double> Aucs { get => field ?? []; init; } = [];

    /// <summary>Mean AUC less the full model's.</summary>
    public double AucDelta { get; init; }

    /// <summary>Its 95% interval; null for the full model itself.</summary>
    public IReadOnlyList<double>? AucDeltaInterval { get; init; }

    public double ValidAuc { get; init; }

    public double TableL2 { get; init; }

    /// <summary>Share of a teacher's predictions in the labels that it learned; 0: none.</summary>
    public double Distillation { get; init; }

    /// <summary>All trained numbers.</summary>
    public long Parameters { get; init; }

    public long EmbeddingParameters { get; init; }

    /// <summary>Tables.</summary>
    public long EmbeddingBytes { get; init; }

    /// <summary>Tables, maps and vocabulary.</summary>
    public long DeployedEmbeddingBytes { get; init; }

    /// <summary>With the dense part.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Largest resident memory of the process while training, bytes.</summary>
    public long PeakRss { get; init; }

    /// <summary>The same of each rank; empty where one process trained.</summary>
    public IReadOnlyList<long> PeakRssByRank { get => field ?? []; init; } = []; // files of before have none

    public double Seconds { get; init; }

    public double StepsPerSecond { get; init; }

    /// <summary>Time to score a sample of the test split in batches, with the threads of the run.</summary>
    public double ScoringMicroseconds { get; init; }

    public IReadOnlyList<int> Dims { get => field ?? []; init; } = [];

    /// <summary>Each field's limit below which values share a row; empty where none do.</summary>
    public IReadOnlyList<long> MinCounts { get => field ?? []; init; } = []; // files of before have none

    /// <summary>How each field's vectors are made; empty where each value has a row.</summary>
    public IReadOnlyList<RowForm?> Forms { get => field ?? []; init; } = []; // files of before have none

    /// <summary>How rows are kept.</summary>
    public string Storage { get; init; } = "float32";
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunResult))]
[JsonSerializable(typeof(TrainedVariant))]
[JsonSerializable(typeof(SearchStage))]
[JsonSerializable(typeof(TrainJobResult))]
[JsonSerializable(typeof(IReadOnlyList<StageEstimate>))]
[JsonSerializable(typeof(RanksEstimate))]
[JsonSerializable(typeof(StepCost))]
internal sealed partial class RunJson : JsonSerializerContext;
