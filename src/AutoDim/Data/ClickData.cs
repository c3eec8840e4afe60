namespace AutoDim.Data;

/// <summary>A prepared click log: its fields and its three splits.</summary>
public sealed partial class ClickData(string name, IReadOnlyList<Field> fields, DataSplit train, DataSplit valid, DataSplit test, string fingerprint) : IDisposable
{
    private IReadOnlyList<long[]>? trainCounts;

    /// <summary>Short name for reports, such as the folder's.</summary>
    public string Name { get; } = name;

    public IReadOnlyList<Field> Fields { get; } = fields;

    public DataSplit Train { get; } = train;

    public DataSplit Valid { get; } = valid;

    public DataSplit Test { get; } = test;

    /// <summary>A hash over the content, which ties runs, checkpoints and models to the data they saw.</summary>
    public string Fingerprint { get; } = fingerprint;

    /// <summary>How often each row of each field occurs in training; counted when first asked for.</summary>
    internal IReadOnlyList<long[]> TrainCounts => trainCounts ??= RowCounts.Of(Train, Fields);

    public void Dispose()
    {
        Train.Dispose();
        Valid.Dispose();
        Test.Dispose();
    }
}
