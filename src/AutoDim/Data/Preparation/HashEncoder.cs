namespace AutoDim.Data.Preparation;

/// <summary>Values hashed into a fixed number of rows; no vocabulary, and no unseen value.</summary>
internal sealed class HashEncoder(string name, long buckets) : FieldEncoder(name)
{
    public const byte Tag = 2;

    public override long Rows => ReservedRows + buckets;

    public override long VocabularyBytes => sizeof(long);

    public override void Count(ulong cell)
    {
    }

    public override void Finish()
    {
    }

    public override long RowOf(ulong cell) => cell == CellColumn.Missing ? MissingRow : ReservedRows + (long)Math.BigMul(cell, (ulong)buckets, out _);

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(buckets);
    }
}
