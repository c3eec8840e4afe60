using AutoDim.Runs;

namespace AutoDim.MLNet;

/// <summary>How to search and train.</summary>
public sealed record AutoDimTrainerOptions
{
    /// <value>Model, goal, seeds and everything else that <c>autodim run</c> takes.</value>
    public RunOptions Run { get; init; } = new();

    /// <value>
    /// Folder for the run, with its report, checkpoints and result; a stopped <c>Fit</c> goes on there. Null: a temporary one, deleted with the
    /// transformer.
    /// </value>
    public string? Folder { get; init; }

    /// <value>Occurrences in training below which a value joins the rare row.</value>
    public int MinCount { get; init; } = 1;

    /// <value>Share of the rows that choose (0 … 1) where no validation rows are given.</value>
    public double ValidFraction { get; init; } = 0.1;

    /// <value>Share of the rows for the run's own test figures (0 … 1).</value>
    public double TestFraction { get; init; } = 0.1;

    /// <value>0 for every core. Results do not depend on it.</value>
    public int Threads { get; init; }
}
