using System.Runtime.InteropServices;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Values that occur often enough in training, most frequent first. What ships is two arrays, fingerprints in ascending order
/// and their rows: 12 bytes a value.
/// </summary>
/// <param name="logSquare">Whether the values are numbers by <see cref="LogSquare"/>; the file says so.</param>
internal sealed class VocabularyEncoder(string name, int minCount, bool logSquare) : FieldEncoder(name)
{
    public const byte Tag = 1;

    /// <summary>Rows of the values kept.</summary>
    private FingerprintTable table = new();

    public override long Rows => ReservedRows + table.Count;

    public override long VocabularyBytes => (sizeof(ulong) + sizeof(int)) * (long)table.Count;

    public override void Finish(ValueCounts counts)
    {
        var kept = counts.From(minCount);
        counts.Clear();
        Array.Sort(kept, static (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Value.CompareTo(b.Value));
        table = new FingerprintTable(kept.Length);
        for (var i = 0; i < kept.Length; i++) table.Add(kept[i].Value, ReservedRows + i);
    }

    public override void Save(BinaryWriter writer)
    {
        ulong[] fingerprints = [.. table.Keys().Order()];
        var rows = Array.ConvertAll(fingerprints, fingerprint => (int)table[fingerprint]);
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(logSquare);
        writer.Write(fingerprints.Length);
        writer.Write(MemoryMarshal.AsBytes(fingerprints.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(rows.AsSpan()));
    }

    public static VocabularyEncoder Read(string name, BinaryReader reader)
    {
        var encoder = new VocabularyEncoder(name, 1, reader.ReadBoolean());
        var fingerprints = new ulong[reader.ReadInt32()];
        var rows = new int[fingerprints.Length];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(fingerprints.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(rows.AsSpan()));
        encoder.table = new FingerprintTable(rows.Length);
        for (var i = 0; i < rows.Length; i++) encoder.table.Add(fingerprints[i], rows[i]);
        return encoder;
    }

    protected override void CountValues(ReadOnlySpan<ulong> values, ValueCounts counts) => counts.Add(values);

    protected override void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows) => table.Find(cells, rows); // a value without row has number 0: UnseenRow
}
