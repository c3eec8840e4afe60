namespace AutoDim.Data.Preparation;

/// <summary>What to prepare, and how.</summary>
public sealed record PrepareOptions
{
    /// <value>Files or globs; or one folder of libfm splits with fields.tsv.</value>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <value>A log in memory, instead of <see cref="Files"/>; its rows are divided by the schema's split.</value>
    public IReadOnlyList<RawColumn> Columns { get; init; } = [];

    /// <value>Given validation files; none: validation rows come from <see cref="Files"/> by the schema's split.</value>
    public IReadOnlyList<string> ValidFiles { get; init; } = [];

    /// <value>Given test files; none: likewise.</value>
    public IReadOnlyList<string> TestFiles { get; init; } = [];

    /// <value>Path of the schema; null for libfm folders.</value>
    public string? Schema { get; init; }

    /// <value>A schema that is no file, instead of <see cref="Schema"/>.</value>
    public Schema? ParsedSchema { get; init; }

    public string Out { get; init; } = "";

    public BadRowPolicy OnBadRow { get; init; }

    /// <value>Replaces prepared data in <see cref="Out"/>.</value>
    public bool Overwrite { get; init; }

    /// <value>Threads that this process works with.</value>
    internal int Threads { get; init; } = Environment.ProcessorCount;

    /// <value>Told what the user should know of how the work is divided among ranks.</value>
    internal Action<string>? OnNote { get; init; }
}

/// <summary>Where preparation stands.</summary>
/// <param name="Pass">What it does.</param>
/// <param name="Bytes">Bytes of input read in this pass.</param>
/// <param name="TotalBytes">Bytes of input.</param>
/// <param name="Rows">Rows read in this pass.</param>
public readonly record struct PreparationProgress(string Pass, long Bytes, long TotalBytes, long Rows);
