namespace AutoDim.Cli.Benchmarks;

/// <summary>What is timed; the names are the peer script's.</summary>
/// <param name="DenseProducts">Products of batch and hidden layers in a step, each of <see cref="Workload.DenseMultiplications"/> a sample.</param>
/// <param name="UpdateEvery">For a search, weight steps per step of α.</param>
internal sealed record Job(string Name, double DenseProducts, int? UpdateEvery = null)
{
    /// <summary>DeepFM training step, Adam on every table row on every step.</summary>
    public static readonly Job DeepFM = new("deepfm", 3);

    /// <summary>DeepFM training step, Adam on the batch's rows only.</summary>
    public static readonly Job DeepFMSparse = new("deepfm-sparse", 3);

    /// <summary>AutoDim search step: one step of the weights (forward, input and weight gradients) and one of α (forward, input gradients).</summary>
    public static readonly Job AutoDim = new("autodim", 5, UpdateEvery: 1);

    /// <summary>The mean step of a search in which α moves every ten steps, as in the paper and in long searches here. The peer has none.</summary>
    public static readonly Job AutoDimTenth = new("autodim-f10", 3.2, UpdateEvery: 10);

    public static IReadOnlyList<Job> All => [DeepFM, DeepFMSparse, AutoDim, AutoDimTenth];
}
