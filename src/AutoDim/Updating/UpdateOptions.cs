namespace AutoDim.Updating;

/// <summary>How a model is updated.</summary>
internal sealed record UpdateOptions
{
    /// <value>Deployed embedding bytes, or a share of the model's, such as 90%; null: as many as the model has.</value>
    public string? Budget { get; init; }

    /// <value>Passes over the new rows, 0 to 1,000; default 1.</value>
    public int Epochs { get; init; } = 1;

    /// <value>Above 0, at most 10; default 3e-4, below the 1e-3 of training: the weights are near where they should be.</value>
    public double LearningRate { get; init; } = 3e-4;

    /// <value>New values must occur this often to have a row; null: as the schema says.</value>
    public int? MinCount { get; init; }

    /// <value>Share of the new rows, the last ones, that is not learned and tells what was gained; above 0, below 1; default 0.2.</value>
    public double HeldOut { get; init; } = 0.2;

    /// <value>Null: that of the model's training.</value>
    public ulong? Seed { get; init; }

    /// <summary>Throws with every problem.</summary>
    public void Check()
    {
        string[] problems =
        [
            .. Epochs is < 0 or > 1000 ? [$"--epochs is {Epochs}, expected 0 to 1000"] : (string[])[],
            .. LearningRate is > 0 and <= 10 ? (string[])[] : [FormattableString.Invariant($"--learning-rate is {LearningRate}, expected above 0, at most 10")],
            .. MinCount < 1 ? [$"--min-count is {MinCount}, expected 1 or more"] : (string[])[],
            .. HeldOut is > 0 and < 1 ? (string[])[] : [FormattableString.Invariant($"--held-out is {HeldOut}, expected above 0, below 1")],
        ];
        if (problems.Length > 0) throw new AutoDimException(string.Join("; ", problems));
    }
}
