namespace AutoDim.Data.Preparation;

/// <summary>Some rows of a click log, parsed: labels, the number that decides each row's split, the fields' and the sequences' cells.</summary>
/// <param name="keepsTexts">Whether the fields' columns keep the texts of their values.</param>
internal sealed class RecordChunk(Schema schema, bool keepsTexts = false)
{
    public const int Capacity = 1 << 13;

    public int Count { get; private set; }

    /// <summary>Rows taken from the file, good and bad.</summary>
    public int Taken => Count + BadRows.Count;

    public float[] Labels { get; } = new float[Capacity];

    /// <summary>A row's hashed key or time, where the schema splits by one.</summary>
    public double[] SplitKeys { get; } = new double[Capacity];

    /// <summary>Which split each row belongs to: 0 train, 1 validation, 2 test; <see cref="SplitRule.Undecided"/> before all times are known.</summary>
    public byte[] Splits { get; } = new byte[Capacity];

    public CellColumn[] Columns { get; } = [.. schema.Fields.Select(field => new CellColumn(field.Kind == FieldKind.Multi) { Texts = keepsTexts ? [] : null })];

    /// <summary>The lists of each sequence that has a column; null for one made from the log.</summary>
    public CellColumn?[] Lists { get; } = [.. schema.Sequences.Select(sequence => sequence.IsBuilt ? null : new CellColumn(multiValued: true, sequence.Length))];

    /// <summary>Who did what was logged and when, of each sequence made from the log; null for one that has a column.</summary>
    public BehaviourKeys?[] Keys { get; } = [.. schema.Sequences.Select(sequence => sequence.IsBuilt ? new BehaviourKeys() : null)];

    /// <summary>Text read for this chunk that is still to be parsed.</summary>
    public TextBlock Text { get; } = new();

    /// <summary>Rows left out, in the order of the file.</summary>
    public List<BadRow> BadRows { get; } = [];

    /// <summary>Ends the row after the last one: it counts, or, where there is a problem, leaves no cells.</summary>
    /// <param name="row">Its text, to be told with the problem.</param>
    public void EndRow(string? problem, long line, ReadOnlySpan<byte> row)
    {
        if (problem == null)
        {
            Count++;
            return;
        }

        KeepRows(Count);
        BadRows.Add(new BadRow(line, problem, row.ToArray()));
    }

    /// <summary>Makes room for rows that are written next.</summary>
    public void Resize(int rows) => Count = rows;

    public void Clear()
    {
        Count = 0;
        BadRows.Clear();
        KeepRows(0);
    }

    private void KeepRows(int rows)
    {
        foreach (var column in Columns) column.KeepRows(rows);
        foreach (var list in Lists) list?.KeepRows(rows);
    }
}

/// <summary>Of each row, the fingerprint of who is meant (<see cref="CellColumn.Missing"/> for nobody) and the time.</summary>
internal sealed class BehaviourKeys
{
    public ulong[] Owners { get; } = new ulong[RecordChunk.Capacity];

    public double[] Times { get; } = new double[RecordChunk.Capacity];
}
