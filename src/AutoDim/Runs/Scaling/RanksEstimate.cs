namespace AutoDim.Runs.Scaling;

/// <summary>What <c>autodim estimate --ranks</c> tells: where tables lie, and how a training step scales.</summary>
/// <param name="BatchSize">Of the whole batch, whatever the number of ranks.</param>
internal sealed record RanksEstimate(int BatchSize, NetworkSpeed Network, IReadOnlyList<TablePlacement> Tables, IReadOnlyList<ScalingPoint> Scaling)
{
    /// <summary>1, 2, 4, … and the number itself.</summary>
    public static IReadOnlyList<int> UpTo(int ranks) => [.. Enumerable.Range(0, 31).Select(power => 1 << power).TakeWhile(count => count < ranks), ranks];
}
