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

    protected override long RowOfValue(ulong value) => ReservedRows + (long)Math.BigMul(value, (ulong)buckets, out _);
}
