namespace AutoDim.Data.Preparation;

/// <summary>Ids that are rows already, as in libfm files.</summary>
internal sealed class IdentityEncoder(string name, long rows) : FieldEncoder(name)
{
    public const byte Tag = 4;

    public override long Rows => rows;

    public override long VocabularyBytes => 0;

    public override void Count(ulong cell)
    {
    }

    public override void Finish()
    {
    }

    public override long RowOf(ulong cell) => (long)cell;

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(rows);
    }
}
