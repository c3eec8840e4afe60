using System.Numerics;
using System.Text.Json.Serialization;

namespace AutoDim.Embeddings;

/// <summary>So many rows that keep their first numbers.</summary>
/// <param name="Dim">Numbers kept of each, 1 or more.</param>
internal readonly record struct RowPrefix(long Rows, int Dim)
{
    /// <summary>How those are kept; null: as the table's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RowStorage? Storage { get; init; }

    /// <summary>How its numbers are kept in a table of this storage.</summary>
    public RowStorage StorageIn(RowStorage table) => Storage ?? table;

    /// <summary>Bytes of its rows in a table of this storage.</summary>
    public long Bytes(RowStorage table) => Rows * RowFormat.Bytes(StorageIn(table), Dim);
}

/// <summary>
/// A table whose rows keep their first numbers, of which there are a few different counts: popular values many, rare ones few or none. Each block of 128 rows has a head: how many rows of each count lie before it
/// (4 bytes each), and a code for each of its rows, of 1, 2, 4 or 8 bits, that says which count it has. The rows of one count lie together as <see cref="RowFormat"/> has them, so that a row
/// costs a few bits beside its numbers, and none of them a bitmap as in <see cref="SparseRows"/>.
/// </summary>
internal sealed unsafe class PrefixRows : KeptRows
{
    public const int BlockRows = 128;

    /// <summary>More counts than a code of 8 bits can tell apart, one being that of rows without any.</summary>
    private const int MostPrefixes = byte.MaxValue;

    private readonly int dim, bits;
    private readonly RowPrefix[] prefixes;
    private readonly RowStorage[] storages;
    private readonly long[] starts;

    /// <param name="prefixes">Of different counts; rows beyond them keep nothing.</param>
    public PrefixRows(string name, long tableRows, int dim, RowStorage storage, IReadOnlyList<RowPrefix> prefixes, ITableRows? source)
        : base(name, tableRows, BlockRows, HeadBytes(prefixes.Count), RowsBytes(storage, prefixes), source)
    {
        (this.dim, this.prefixes, bits) = (dim, [.. prefixes], BitsOf(prefixes.Count));
        storages = [.. prefixes.Select(prefix => RowFormat.For(prefix.StorageIn(storage), prefix.Dim))];
        starts = new long[prefixes.Count];
        for (var i = 1; i < starts.Length; i++) starts[i] = starts[i - 1] + (prefixes[i - 1].Rows * BytesOf(i - 1));
    }

    /// <summary>Rows of each count of numbers, in the order of their codes.</summary>
    public IReadOnlyList<RowPrefix> Prefixes => prefixes;

    public override long Numbers => prefixes.Sum(prefix => prefix.Rows * prefix.Dim);

    /// <summary>Bytes of such a table.</summary>
    public static long Bytes(long tableRows, RowStorage storage, IReadOnlyList<RowPrefix> prefixes) => HeadsBytes(tableRows, BlockRows, HeadBytes(prefixes.Count)) + RowsBytes(storage, prefixes);

    /// <exception cref="ArgumentException">The mask keeps another number of some row than the prefixes say.</exception>
    public override void Fill(EmbeddingTable numbers, RowMask mask)
    {
        var before = new uint[prefixes.Length];
        for (var row = 0L; row < numbers.Rows; row++)
        {
            var head = Head(row);
            if (row % BlockRows == 0)
            {
                new Span<byte>(head, HeadBytes(prefixes.Length)).Clear();
                for (var i = 0; i < before.Length; i++) ((uint*)head)[i] = before[i];
            }

            var kept = RowMask.Count(mask.Row(row), mask.RowBytes);
            var code = kept == 0 ? prefixes.Length : Array.FindIndex(prefixes, prefix => prefix.Dim == kept);
            if (code < 0) throw new ArgumentException($"row {row} of table '{numbers.Name}' keeps {kept} numbers, which no prefix has", nameof(mask));
            var place = (int)(row % BlockRows) * bits;
            Codes(head)[place / 8] |= (byte)(code << (place % 8));
            if (kept > 0) RowFormat.Encode(storages[code], numbers.Row(row), kept, RowAt(code, before[code]++));
        }
    }

    public override void Read(long row, Real* target)
    {
        var head = Head(row);
        var (inBlock, place) = ((int)(row % BlockRows), (int)(row % BlockRows) * bits);
        var code = (Codes(head)[place / 8] >> (place % 8)) & ((1 << bits) - 1);
        if (code >= prefixes.Length)
        {
            new Span<Real>(target, dim).Clear();
            return;
        }

        var before = (long)((uint*)head)[code] + Equal((ulong*)Codes(head), inBlock, code);
        if (before >= prefixes[code].Rows) throw Damaged(row);
        var kept = prefixes[code].Dim;
        RowFormat.Decode(storages[code], RowAt(code, before), kept, target);
        new Span<Real>(target + kept, dim - kept).Clear();
    }

    private static int HeadBytes(int count) => (count * sizeof(uint)) + (BlockRows * BitsOf(count) / 8);

    private static long RowsBytes(RowStorage storage, IReadOnlyList<RowPrefix> prefixes) => prefixes.Sum(prefix => prefix.Bytes(storage));

    /// <summary>Of a code: for each count of kept numbers, and one more for none.</summary>
    private static int BitsOf(int count) => count switch
    {
        < 2 => 1,
        < 4 => 2,
        < 16 => 4,
        <= MostPrefixes => 8,
        _ => throw new AutoDimException($"rows keep {count} different counts of numbers; {MostPrefixes} can be told apart"),
    };

    /// <summary>How many of the first so many codes are this one; eight bytes at a time.</summary>
    private int Equal(ulong* codes, int count, int code)
    {
        var lowest = ulong.MaxValue / ((1UL << bits) - 1); // the lowest bit of every code
        var (same, equal, end) = (lowest * (uint)code, 0, count * bits);
        for (var word = 0; word * 64 < end; word++)
        {
            var differs = codes[word] ^ same;
            for (var shift = bits / 2; shift > 0; shift /= 2) differs |= differs >> shift;
            var matches = ~differs & lowest;
            if (end - (word * 64) < 64) matches &= (1UL << (end - (word * 64))) - 1;
            equal += BitOperations.PopCount(matches);
        }

        return equal;
    }

    private byte* Codes(byte* head) => head + (prefixes.Length * sizeof(uint));

    private long BytesOf(int code) => RowFormat.BytesIn(storages[code], prefixes[code].Dim);

    private byte* RowAt(int code, long number) => Rows.Pointer + starts[code] + (number * BytesOf(code));
}
