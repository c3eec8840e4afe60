namespace AutoDim.Data;

/// <summary>Rows of a split spread evenly over it, all of them where there are few enough. Does not own the split.</summary>
/// <param name="most">Rows to take at most, 1 or more.</param>
internal sealed class SplitSample(DataSplit whole, long most) : DataSplit
{
    /// <summary>Enough for a standard error of an AUC's difference of a few 1e-4, whatever the split's size.</summary>
    public const long EnoughForAuc = 1 << 17;

    private long[] wanted = [];

    public override long RowCount { get; } = Math.Min(most, whole.RowCount);

    public override void Read(ReadOnlySpan<long> samples, Batch batch)
    {
        if (wanted.Length < samples.Length) wanted = new long[samples.Length];
        for (var i = 0; i < samples.Length; i++) wanted[i] = RowOf(samples[i]);
        whole.Read(wanted.AsSpan(0, samples.Length), batch);
    }

    public override void ReadLabels(Span<float> labels)
    {
        var all = new float[whole.RowCount];
        whole.ReadLabels(all);
        for (var i = 0L; i < RowCount; i++) labels[(int)i] = all[RowOf(i)];
    }

    private long RowOf(long sample) => (long)((Int128)sample * whole.RowCount / RowCount);
}
