namespace AutoDim.Data.Preparation;

/// <summary>Values hashed into a fixed number of rows; no vocabulary, and no unseen value.</summary>
internal sealed class HashEncoder(string name, long buckets) : FieldEncoder(name)
{
    public const byte Tag = 2;

    public override long Rows => ReservedRows + buckets;

    public override long VocabularyBytes => sizeof(long);

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(buckets);
    }

    protected override void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows)
    {
        for (var i = 0; i < cells.Length; i++) rows[i] = ReservedRows + (long)Math.BigMul(cells[i], (ulong)buckets, out _);
    }
}
