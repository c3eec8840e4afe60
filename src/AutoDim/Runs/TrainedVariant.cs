using System.Text.Json.Serialization;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Runs;

/// <summary>A trained model of a run, before the test split is read; kept as a file, so that a resumed run does not train it again.</summary>
internal sealed record TrainedVariant
{
    public string Stage { get; init; } = "";

    public IReadOnlyList<int> Dims { get; init; } = [];

    /// <summary>Each field's row storage; empty where all are float32.</summary>
    public IReadOnlyList<RowStorage> Storages { get; init; } = [];

    /// <summary>Each field's limit below which values share a row; empty where none do.</summary>
    public IReadOnlyList<long> MinCounts { get => field ?? []; init; } = []; // files of before have none

    /// <summary>How each field's vectors are made; empty where each value has a row.</summary>
    public IReadOnlyList<RowForm?> Forms { get => field ?? []; init; } = []; // files of before have none

    /// <summary>Whether its rows are the numbers that were trained; else they were packed afterwards.</summary>
    [JsonIgnore]
    public bool IsAsTrained => !IsPacked && Storages.Count == 0; // files of before do not say that they are packed

    public Projection Projection { get; init; }

    /// <summary>Whether the weights are those that are deployed, not those that were trained.</summary>
    public bool IsPacked { get; init; }

    /// <summary>The stage whose training gave its numbers: of a packed model, that of the model before.</summary>
    public string TrainingStage { get => field ?? Stage; init; }

    public ulong Seed { get; init; }

    public double TableL2 { get; init; }

    /// <summary>Share of a teacher's predictions in the labels that it learned; 0: none.</summary>
    public double Distillation { get; init; }

    public double ValidAuc { get; init; }

    public double ValidLogloss { get; init; }

    public long BestEpoch { get; init; }

    public long Steps { get; init; }

    public double Seconds { get; init; }

    public long PeakRss { get; init; }

    /// <summary>The same of each rank; empty of one process.</summary>
    public IReadOnlyList<long> PeakRssByRank { get => field ?? []; init; } = []; // files of before have none

    public long Parameters { get; init; }

    public long EmbeddingParameters { get; init; }

    public long EmbeddingBytes { get; init; }

    public long DeployedEmbeddingBytes { get; init; }

    public long TotalBytes { get; init; }
}

/// <summary>A finished search, kept likewise.</summary>
internal sealed record SearchStage(Search.AutoDim.SearchResult Result, double Seconds, long PeakRss);
