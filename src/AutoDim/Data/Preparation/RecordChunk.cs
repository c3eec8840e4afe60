namespace AutoDim.Data.Preparation;

/// <summary>Some rows of a click log, parsed: labels, the number that decides each row's split, and the fields' cells.</summary>
internal sealed class RecordChunk(IReadOnlyList<FieldSchema> fields)
{
    public const int Capacity = 1 << 13;

    public int Count { get; set; }

    public float[] Labels { get; } = new float[Capacity];

    /// <summary>A row's hashed key or time, where the schema splits by one.</summary>
    public double[] SplitKeys { get; } = new double[Capacity];

    /// <summary>Which split each row belongs to: 0 train, 1 validation, 2 test.</summary>
    public byte[] Splits { get; } = new byte[Capacity];

    public CellColumn[] Columns { get; } = [.. fields.Select(field => new CellColumn(field.Kind == FieldKind.Multi))];

    /// <summary>Takes back the cells of the row after the last one, which turned out bad.</summary>
    public void DropUnfinishedRow()
    {
        foreach (var column in Columns) column.KeepRows(Count);
    }

    public void Clear()
    {
        Count = 0;
        foreach (var column in Columns) column.KeepRows(0);
    }
}
