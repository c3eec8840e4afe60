using AutoDim.Data.Preparation;

namespace AutoDim.Data;

/// <summary>
/// Fields whose rare values share a row: those that occur in training fewer than so many times, each field with its own limit. The others keep
/// rows of their own, in order. The shared row is row 0: that of unseen values, which a field of ids gains where anything is folded.
/// </summary>
internal sealed class RowFolding
{
    private readonly int[]?[] rowOf; // of each field; null: as it was
    private readonly Lazy<IReadOnlyList<FieldEncoder>> encoders;

    /// <param name="minCounts">Of each field; 0 or 1: nothing is folded. Empty: of none.</param>
    public RowFolding(ClickData data, IReadOnlyList<long> minCounts)
    {
        var fields = data.Fields.ToArray();
        rowOf = new int[]?[fields.Length];
        var kept = new FieldEncoder?[fields.Length];
        for (var m = 0; m < minCounts.Count; m++)
        {
            if (minCounts[m] <= 1 || fields[m].Map == RowMap.Computed) continue;
            var (counts, least, first) = (data.TrainCounts[m], minCounts[m], fields[m].FirstValueRow);
            if (counts.Skip((int)first).All(count => count >= least)) continue;
            rowOf[m] = RowsOf(counts, least, first);
            kept[m] = (data.Folder == null ? new IdentityEncoder(new LibfmField(fields[m].Name, 0, fields[m].Rows - 1)) : data.Encoders[m]).Keep(row => row >= first && counts[row] >= least);
            fields[m] = fields[m] with { Rows = kept[m]!.Rows, VocabularyBytes = kept[m]!.VocabularyBytes };
        }

        Fields = fields;
        encoders = new Lazy<IReadOnlyList<FieldEncoder>>(() => [.. kept.Select((encoder, m) => encoder ?? data.Encoders[m])]);
    }

    /// <summary>The fields with the rows that are left, and the bytes of what then maps values to rows.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>Whether any field has fewer rows than before.</summary>
    public bool IsAny => rowOf.Any(map => map != null);

    /// <summary>What maps raw values to the rows that are left; of data in a folder.</summary>
    public IReadOnlyList<FieldEncoder> Encoders => encoders.Value;

    /// <summary>For each former row of a field the one it now is; null where all are as they were.</summary>
    public int[]? RowsOf(int field) => rowOf[field];

    /// <summary>How often training has each row that is left of a field.</summary>
    public long[] CountsOf(ClickData data, int field)
    {
        if (rowOf[field] is not { } rows) return data.TrainCounts[field];
        var counts = new long[Fields[field].Rows];
        for (var row = 0; row < rows.Length; row++) counts[rows[row]] += data.TrainCounts[field][row];
        return counts;
    }

    /// <summary>The data with these fields. It does not own the splits.</summary>
    public ClickData Apply(ClickData data) => IsAny ? new ClickData(data.Name, Fields, Apply(data.Train), Apply(data.Valid), Apply(data.Test), data.Fingerprint) : data;

    /// <summary>A split with these rows. It does not own the one it reads.</summary>
    public DataSplit Apply(DataSplit split) => IsAny ? new FoldedSplit(split, rowOf) : split;

    private static int[] RowsOf(long[] counts, long least, long first)
    {
        var (rows, next) = (new int[counts.Length], (int)Math.Max(first, 1));
        for (var row = 0; row < rows.Length; row++) rows[row] = row < first ? row : counts[row] >= least ? next++ : 0;
        return rows;
    }

    private sealed class FoldedSplit(DataSplit whole, int[]?[] rowOf) : DataSplit
    {
        public override long RowCount => whole.RowCount;

        public override void Read(ReadOnlySpan<long> samples, Batch batch)
        {
            whole.Read(samples, batch);
            for (var m = 0; m < rowOf.Length; m++)
            {
                if (rowOf[m] is not { } rows) continue;
                Replace(batch.Columns[m], rows);
                foreach (var sequence in batch.Columns[m].Sequences) Replace(sequence, rows);
            }
        }

        public override void ReadLabels(Span<float> labels) => whole.ReadLabels(labels);

        internal override void Fetch(long first, long count) => whole.Fetch(first, count);

        private static void Replace(BatchColumn column, int[] rows)
        {
            for (var i = 0; i < column.Count; i++) column.Rows[i] = rows[column.Rows[i]];
        }
    }
}
