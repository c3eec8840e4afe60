namespace AutoDim.Data;

/// <summary>The rows of one split (train, valid or test), readable in any order.</summary>
public abstract class DataSplit : IDisposable
{
    /// <summary>Number of samples.</summary>
    public abstract long RowCount { get; }

    /// <summary>
    /// Reads these samples, each in [0, RowCount), into the batch in the order given: labels, rows and offsets. A batch of fields without
    /// their sequences is not given those.
    /// <paramref name="samples"/> holds at most the batch's capacity. Allocates nothing once the batch has grown.
    /// </summary>
    public abstract void Read(ReadOnlySpan<long> samples, Batch batch);

    /// <summary>Copies all labels, in order; <paramref name="labels"/> holds RowCount numbers.</summary>
    public abstract void ReadLabels(Span<float> labels);

    /// <summary>Starts reading so many samples from one on that are needed soon, where they lie in files.</summary>
    internal virtual void Fetch(long first, long count)
    {
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
