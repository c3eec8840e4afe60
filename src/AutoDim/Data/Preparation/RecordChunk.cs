namespace AutoDim.Data.Preparation;

/// <summary>Some rows of a click log, parsed: labels, the number that decides each row's split, and the fields' cells.</summary>
internal sealed class RecordChunk(IReadOnlyList<FieldSchema> fields)
{
    public const int Capacity = 1 << 13;

    public int Count { get; set; }

    public float[] Labels { get; } = new float[Capacity];

    /// <summary>A row's number, hashed key or time, by the schema's way of splitting.</summary>
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
        foreach (var column in Columns) column.Clear();
    }
}

/// <summary>One field's cells as 64-bit numbers: a fingerprint of the text, the bits of a double, or an id.</summary>
internal sealed class CellColumn(bool multiValued)
{
    /// <summary>The cell of a row without value.</summary>
    public const ulong Missing = ulong.MaxValue;

    public bool MultiValued { get; } = multiValued;

    public List<ulong> Values { get; } = new(RecordChunk.Capacity);

    /// <summary>First value of each row, and one past the last row; of multi-valued fields only.</summary>
    public List<int> Starts { get; } = [0];

    public int StartOf(int row) => MultiValued ? Starts[row] : row;

    /// <summary>Drops the values beyond this many rows.</summary>
    public void KeepRows(int rows)
    {
        if (MultiValued && Starts.Count > rows + 1) Starts.RemoveRange(rows + 1, Starts.Count - rows - 1);
        var keep = StartOf(rows);
        if (Values.Count > keep) Values.RemoveRange(keep, Values.Count - keep);
    }

    public void EndRow()
    {
        if (MultiValued) Starts.Add(Values.Count);
    }

    public void Clear()
    {
        Values.Clear();
        Starts.Clear();
        Starts.Add(0);
    }
}
