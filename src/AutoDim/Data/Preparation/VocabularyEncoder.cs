namespace AutoDim.Data.Preparation;

/// <summary>
/// Values that occur often enough in training. The most frequent ones have the first rows, so that what is read most lies together; among
/// them, and among the others, rows go by <see cref="FingerprintList"/>, so that a list of values tells their rows too.
/// </summary>
/// <param name="logSquare">Whether the values are numbers by <see cref="LogSquare"/>; the file says so.</param>
internal sealed class VocabularyEncoder(string name, int minCount, bool logSquare) : FieldEncoder(name)
{
    public const byte Tag = 5;

    /// <summary>The tag before values were kept shortened.</summary>
    public const byte FormerTag = 1;

    /// <summary>One value of so many is among the most frequent.</summary>
    private const int FrequentShare = 16;

    private FingerprintList frequent = FingerprintList.Of([]);
    private FingerprintList others = FingerprintList.Of([]);

    /// <summary>Rows of the values, for quick encoding of much data; null once loaded from a file.</summary>
    private FingerprintTable? rows;

    /// <summary>Whether values are numbers by <see cref="LogSquare"/>; others are texts.</summary>
    public bool IsLogSquare => logSquare;

    public override long Rows => ReservedRows + frequent.Count + others.Count;

    public override long VocabularyBytes => frequent.Bytes + others.Bytes;

    public override RowMap Map => RowMap.Vocabulary;

    public override FieldEncoder Keep(Func<long, bool> isKept) => new VocabularyEncoder(Name, minCount, logSquare)
    {
        frequent = frequent.Keep(rank => isKept(ReservedRows + rank)),
        others = others.Keep(rank => isKept(ReservedRows + frequent.Count + rank)),
    };

    /// <summary>An encoder without some of the present values and with some others, which stand among the less frequent ones.</summary>
    /// <param name="isKept">Told a value's present row.</param>
    /// <param name="added">Cells that have no row of their own now.</param>
    /// <param name="formerRows">For each row of the new encoder the present one of its value; of an added value <see cref="FieldEncoder.UnseenRow"/>, as which it was read.</param>
    public VocabularyEncoder Change(Func<long, bool> isKept, IReadOnlyList<ulong> added, out long[] formerRows)
    {
        var kept = (VocabularyEncoder)Keep(isKept);
        var changed = new VocabularyEncoder(Name, minCount, logSquare) { frequent = kept.frequent, others = kept.others.With(added, out var former) };
        long[] left = [.. Enumerable.Range((int)ReservedRows, frequent.Count + others.Count).Select(row => (long)row).Where(isKept)];
        formerRows = [UnseenRow, MissingRow, .. left[..kept.frequent.Count], .. former.Select(rank => rank < 0 ? UnseenRow : left[kept.frequent.Count + rank])];
        return changed;
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(logSquare);
        frequent.Save(writer);
        others.Save(writer);
    }

    public static VocabularyEncoder Read(string name, BinaryReader reader)
        => new(name, 1, reader.ReadBoolean()) { frequent = FingerprintList.Read(reader), others = FingerprintList.Read(reader) };

    protected override void CountValues(ReadOnlySpan<ulong> values, ValueCounts counts) => counts.Add(values);

    /// <summary>The values, the most frequent first.</summary>
    protected override ulong[] Conclude(ValueCounts counts)
    {
        var kept = counts.From(minCount);
        counts.Clear();
        Array.Sort(kept, static (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Value.CompareTo(b.Value));
        return Array.ConvertAll(kept, static pair => pair.Value);
    }

    protected override void Fix(Span<ulong> values)
    {
        frequent = FingerprintList.Of(values[..(values.Length / FrequentShare)]);
        others = FingerprintList.Of(values[(values.Length / FrequentShare)..]);
        rows = new FingerprintTable(values.Length);
        for (var i = 0; i < values.Length; i++) rows.Add(values[i], ReservedRows + i);
    }

    protected override void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows)
    {
        if (this.rows != null) this.rows.Find(cells, rows); // a value without row has number 0: UnseenRow
        else for (var i = 0; i < cells.Length; i++) rows[i] = RowIn(frequent, cells[i], ReservedRows) ?? RowIn(others, cells[i], ReservedRows + frequent.Count) ?? UnseenRow;
    }

    private static long? RowIn(FingerprintList list, ulong value, long first) => list.Find(value) is >= 0 and var rank ? first + rank : null;
}
