namespace AutoDim.Data.Preparation;

/// <summary>Ids that are rows already but for where they begin, as in libfm files.</summary>
internal sealed class IdentityEncoder(LibfmField ids) : FieldEncoder(ids.Name)
{
    public const byte Tag = 4;

    /// <summary>The ids it encodes.</summary>
    public LibfmField Ids => ids;

    public override long Rows => ids.Last - ids.First + 1;

    public override long VocabularyBytes => 0; // two ids for a whole field

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(ids.First);
        writer.Write(ids.Last);
    }

    protected override void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows)
    {
        for (var i = 0; i < cells.Length; i++) rows[i] = (long)cells[i] - ids.First;
    }
}
