using AutoDim.Autograd;
using AutoDim.Embeddings;

namespace AutoDim.Search.AutoDim;

/// <summary>What the mixture of one field's candidates works on in a pass.</summary>
internal sealed class FieldMixture
{
    public const double Epsilon = 1e-5;
    public const double Momentum = 0.1;

    /// <summary>The field's stacked maps, (Σ d_n, D).</summary>
    public required Parameter Maps { get; init; }

    /// <summary>Running mean of each candidate's unified coordinates, (N, D).</summary>
    public required Parameter RunningMean { get; init; }

    /// <summary>Running variance of each candidate's unified coordinates, (N, D); unbiased.</summary>
    public required Parameter RunningVariance { get; init; }

    /// <summary>The row of α of the field, or of its first block.</summary>
    public required int FirstChoice { get; init; }

    /// <summary>The blocks whose mixtures differ; null for one mixture.</summary>
    public PopularityBlocks? Blocks { get; init; }

    /// <summary>How many mixtures there are.</summary>
    public int Choices => Blocks?.Sizes.Length ?? 1;

    /// <summary>The batch's rows, (U, R).</summary>
    public FieldVector Source { get; set; }

    /// <summary>How often each row occurs; null where each is one sample's own.</summary>
    public DistinctRows? Distinct { get; set; }

    /// <summary>Occurrences in all: the size BatchNorm averages over.</summary>
    public int Occurrences => Distinct?.Entries ?? Source.Vectors.Rows;

    /// <summary>The row of α by which one of the batch's rows is mixed.</summary>
    public unsafe int ChoiceOf(int row) => Blocks == null ? FirstChoice : FirstChoice + Blocks.OfRow[Distinct!.Rows[row]];

    public unsafe int CountOf(int row) => Distinct == null ? 1 : Distinct.Counts[row];
}
