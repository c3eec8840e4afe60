namespace AutoDim.Data.Preparation;

/// <summary>Ids that are rows already but for where they begin, as in libfm files.</summary>
/// <param name="kept">Ids that have a row of their own, from row 1 on; all others have row 0. Null: every id has its own.</param>
internal sealed class IdentityEncoder(LibfmField ids, KeptIds? kept = null) : FieldEncoder(ids.Name)
{
    public const byte Tag = 4, KeptTag = 6;

    /// <summary>The ids it encodes.</summary>
    public LibfmField Ids => ids;

    public override long Rows => kept == null ? Range : 1L + kept.Count;

    public override long VocabularyBytes => kept?.Bytes ?? 0; // two ids for a whole field

    public override RowMap Map => RowMap.Ids;

    private long Range => ids.Last - ids.First + 1;

    public override FieldEncoder Keep(Func<long, bool> isKept) => new IdentityEncoder(ids, new KeptIds(Range, isKept));

    public override void Save(BinaryWriter writer)
    {
        writer.Write(kept == null ? Tag : KeptTag);
        writer.Write(Name);
        writer.Write(ids.First);
        writer.Write(ids.Last);
        kept?.Save(writer);
    }

    public static IdentityEncoder Read(string name, BinaryReader reader, bool someKept)
    {
        var ids = new LibfmField(name, reader.ReadInt64(), reader.ReadInt64());
        return new IdentityEncoder(ids, someKept ? KeptIds.Read(reader, ids.Last - ids.First + 1) : null);
    }

    protected override void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            rows[i] = (long)cells[i] - ids.First;
            if (kept != null) rows[i] = (ulong)rows[i] < (ulong)Range ? 1 + kept.RankOf(rows[i]) : 0; // a missing cell is no id
        }
    }
}
