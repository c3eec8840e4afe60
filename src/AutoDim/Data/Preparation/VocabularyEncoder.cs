using System.Runtime.InteropServices;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Values that occur often enough in training, most frequent first. The vocabulary is two arrays, fingerprints in ascending order
/// and their rows: 12 bytes a value.
/// </summary>
/// <param name="logSquare">Numbers go to ⌊(ln x)²⌋ for x &gt; 2, else to themselves, and these are the values (Criteo's rule).</param>
internal sealed class VocabularyEncoder(string name, int minCount, bool logSquare) : FieldEncoder(name)
{
    public const byte Tag = 1;
    private readonly Dictionary<ulong, long> counts = [];
    private ulong[] fingerprints = [];
    private int[] rows = [];

    public override long Rows => ReservedRows + fingerprints.Length;

    public override long VocabularyBytes => 12L * fingerprints.Length;

    public override void Count(ulong cell)
    {
        if (cell != CellColumn.Missing) CollectionsMarshal.GetValueRefOrAddDefault(counts, Value(cell), out _)++;
    }

    public override void Finish()
    {
        var kept = counts.Where(pair => pair.Value >= minCount).ToArray();
        if (kept.Length > int.MaxValue - ReservedRows) throw new AutoDimException($"field '{Name}' has {kept.Length} values, more than {int.MaxValue - ReservedRows}; hash it or raise minCount");
        Array.Sort(kept, (a, b) => a.Value != b.Value ? b.Value.CompareTo(a.Value) : a.Key.CompareTo(b.Key));
        fingerprints = [.. kept.Select(pair => pair.Key)];
        rows = [.. Enumerable.Range((int)ReservedRows, kept.Length)];
        Array.Sort(fingerprints, rows);
        counts.Clear();
        counts.TrimExcess();
        index.Clear();
        for (var i = 0; i < rows.Length; i++) index[fingerprints[i]] = rows[i];
    }

    public override long RowOf(ulong cell)
    {
        if (cell == CellColumn.Missing) return MissingRow;
        return index.TryGetValue(Value(cell), out var row) ? row : UnseenRow;
    }

    public override void Save(BinaryWriter writer)
    {
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
        var length = reader.ReadInt32();
        encoder.fingerprints = new ulong[length];
        encoder.rows = new int[length];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(encoder.fingerprints.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(encoder.rows.AsSpan()));
        for (var i = 0; i < length; i++) encoder.index[encoder.fingerprints[i]] = encoder.rows[i];
        return encoder;
    }

    /// <summary>For speed while encoding; what ships is the two arrays.</summary>
    private readonly Dictionary<ulong, int> index = [];

    private ulong Value(ulong cell)
    {
        if (!logSquare) return cell;
        var x = BitConverter.UInt64BitsToDouble(cell);
        return BitConverter.DoubleToUInt64Bits(x > 2 ? Math.Floor(Math.Log(x) * Math.Log(x)) : x);
    }
}
