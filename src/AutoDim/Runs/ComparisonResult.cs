using System.Text.Json.Serialization;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Settings;

namespace AutoDim.Runs;

/// <summary>result.json of a comparison.</summary>
public sealed record ComparisonResult
{
    public int FormatVersion { get; init; } = 1;

    public string Data { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    public IReadOnlyList<ulong> Seeds { get; init; } = [];

    /// <summary>Where the bytes are.</summary>
    public IReadOnlyList<FieldProfile> Fields { get => field ?? []; init; } = [];

    public IReadOnlyList<ModelComparison> Models { get; init; } = [];

    /// <summary>As asked for, the largest first.</summary>
    [JsonIgnore]
    public IEnumerable<string> Budgets => Models.SelectMany(model => model.Contenders).OrderByDescending(contender => contender.BudgetBytes).Select(contender => contender.Budget).Distinct();

    public int Threads { get; init; }

    public string Version { get; init; } = "";
}

/// <summary>One model with everything it was compared in.</summary>
public sealed record ModelComparison
{
    public string Model { get; init; } = "";

    /// <summary>Whether its first-order term is read from its vectors (<see cref="Models.FirstOrderTerm"/>), in the full model and in every contender.</summary>
    public bool ReadsFirstOrder { get; init; }

    /// <summary>The model, and what sets it apart from the paper's.</summary>
    [JsonIgnore]
    public string Name => ReadsFirstOrder ? $"{Model}, first order from vectors" : Model;

    /// <summary>Every field of the largest dimension, float32.</summary>
    public VariantResult Full { get; init; } = new();

    public IReadOnlyList<Contender> Contenders { get; init; } = [];

    /// <summary>By budget, the largest first, and then by test AUC, the best first: the order of a table.</summary>
    [JsonIgnore]
    public IEnumerable<Contender> Ranked => Contenders.OrderByDescending(contender => contender.BudgetBytes).ThenByDescending(contender => contender.Result.Auc);

    /// <summary>For each budget its answer: the contender of best validation AUC.</summary>
    [JsonIgnore]
    public IEnumerable<Contender> Answers => Contenders.GroupBy(contender => contender.BudgetBytes).Select(group => group.MaxBy(contender => contender.Result.ValidAuc)!);
}

/// <summary>A method's model within a budget.</summary>
public sealed record Contender
{
    public string Method { get; init; } = "";

    public RowStorage Storage { get; init; }

    /// <summary>As asked for, such as 25%.</summary>
    public string Budget { get; init; } = "";

    public long BudgetBytes { get; init; }

    public Projection Projection { get; init; }

    /// <summary>On the test split, with the difference to the full model.</summary>
    public VariantResult Result { get; init; } = new();

    /// <summary>Less the model of uniform dimensions within the same budget and storage, or for a method that mixes storages in the one where validation has them best; null for that model itself, or where there is none.</summary>
    public double? UniformDelta { get; init; }

    /// <summary>Its 95% interval.</summary>
    public IReadOnlyList<double>? UniformDeltaInterval { get; init; }

    /// <summary>What the method took to find its plans for all budgets of this storage, beyond training the full model.</summary>
    public double SearchSeconds { get; init; }

    /// <summary>Largest resident memory of the process meanwhile, bytes.</summary>
    public long SearchPeakRss { get; init; }

    /// <summary>Method and storage, such as autodim+int8, and whether it had a teacher.</summary>
    [JsonIgnore]
    public string Name => NameOf(Method, Storage) + (Result.Distillation > 0 ? "+distilled" : "");

    internal static string NameOf(string method, RowStorage storage) => storage == RowStorage.Float32 ? method : $"{method}+{SettingText.Write(storage)}";
}

/// <summary>A method's answer to a request, kept so that it is not asked again.</summary>
/// <param name="Dims">Null: it has no plan that small.</param>
internal sealed record FoundPlan(IReadOnlyList<int>? Dims, IReadOnlyList<RowStorage> Storages, Projection Projection, double Seconds, long PeakRss)
{
    public IReadOnlyList<long> MinCounts { get => field ?? []; init; } = []; // files of before have none

    /// <summary>How each field's vectors are made; empty where each value has a row.</summary>
    public IReadOnlyList<RowForm?> Forms { get => field ?? []; init; } = []; // files of before have none
}

/// <summary>How mixed dimensions are made equal in a plan of a method, or in all, once that was chosen.</summary>
internal sealed record SettledProjection(Projection Projection);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ComparisonResult))]
[JsonSerializable(typeof(FoundPlan))]
[JsonSerializable(typeof(SettledProjection))]
internal sealed partial class ComparisonJson : JsonSerializerContext;
