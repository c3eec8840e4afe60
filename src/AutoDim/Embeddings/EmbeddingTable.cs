using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A field's weights: one row of <see cref="Dim"/> numbers per value, in native memory with 64-bit offsets. A table to train has
/// <see cref="Weights"/>, of which a <see cref="Mask"/> may keep some at zero; one to score with may have its rows packed instead, or only the numbers that a
/// mask keeps, and then only <see cref="Read"/> tells them. A packed table may be made to <see cref="Learns">learn</see> too.
/// </summary>
internal sealed unsafe class EmbeddingTable : IDisposable
{
    /// <summary>Numbers drawn at a time when a table is filled.</summary>
    private const int NumbersPerBlock = 1 << 14;

    /// <param name="source">Where the rows lie already, to be read only; null: the table has memory of its own.</param>
    /// <param name="rule">Number of the rule by which the field's rows lead to this table's; null: they are the same.</param>
    /// <param name="kept">How the rows lie packed where a mask keeps only some of their numbers; null: every row is whole.</param>
    /// <param name="codes">How the rows lie packed where they are codes; null: by the storage.</param>
    /// <param name="share">Which rows this rank has, of a table spread over several; null: all.</param>
    /// <param name="folder">Where numbers lie in a file; null: in memory.</param>
    public EmbeddingTable(
        int index, int field, string name, long rows, int dim, RowStorage storage = RowStorage.Float32, ITableRows? source = null, int? rule = null, KeptLayout? kept = null, RowCodes? codes = null, RowShare? share = null, string? folder = null)
    {
        Index = index;
        Share = share;
        Field = field;
        Rule = rule;
        Name = name;
        Rows = rows;
        Dim = dim;
        Storage = codes == null ? RowFormat.For(storage, dim) : RowStorage.Float32;
        Codes = codes;
        IsReadOnly = source != null;
        Kept = kept?.Invoke(name, rows, dim, Storage, source);
        RowBytes = Kept != null || codes != null ? 0 : IsPacked ? RowFormat.Bytes(Storage, dim) : dim * sizeof(Real);
        var (numbers, bytes) = (IsPacked ? 0 : checked(OwnRows * dim), codes?.Bytes ?? (IsPacked ? checked(rows * RowBytes) : 0));
        Weights = source == null || IsPacked ? new NativeBuffer<Real>(numbers, folder) : NativeBuffer<Real>.View(source.Find(PartAt(0)), numbers);
        Packed = source == null || !IsPacked || Kept != null ? new NativeBuffer<byte>(bytes) : NativeBuffer<byte>.View(source.Find(PartAt(0)), bytes);
    }

    /// <summary>Position among its model's tables.</summary>
    public int Index { get; }

    /// <summary>Index of the field whose values the rows are.</summary>
    public int Field { get; }

    /// <summary>Number of the rule, in <see cref="TableSet.Rules"/>, by which the field's rows lead to this table's; null: they are the same.</summary>
    public int? Rule { get; }

    /// <summary>Unique within a model; the key in checkpoints and exports.</summary>
    public string Name { get; }

    public long Rows { get; }

    /// <summary>Which rows this rank has, of a table spread over several; null: all.</summary>
    public RowShare? Share { get; }

    /// <summary>Rows that lie here: all, or this rank's share.</summary>
    public long OwnRows => Share?.OwnRows ?? Rows;

    public int Dim { get; }

    public RowStorage Storage { get; }

    /// <summary>Whether the rows are in a form to score with, and not numbers; only where they <see cref="Learns">learn so</see> can they be trained.</summary>
    public bool IsPacked => Storage != RowStorage.Float32 || Kept != null || Codes != null;

    /// <summary>Whether packed rows are trained: an optimiser reads them as numbers and writes them back.</summary>
    public bool Learns { get; init; }

    /// <summary>The rows where only some of their numbers are kept; null where every row is whole.</summary>
    public KeptRows? Kept { get; }

    /// <summary>How the rows lie packed where they are codes; null: by the storage.</summary>
    public RowCodes? Codes { get; }

    /// <summary>What finds the codes that this table's rows have once they are trained; null where they are kept as they are.</summary>
    public IRowCoder? Coder { get; set; }

    /// <summary>Which numbers training leaves at zero; null: none. See <see cref="Keep"/>.</summary>
    public RowMask? Mask { get; private set; }

    /// <summary>Whether the rows lie in memory that is not this table's, which may be protected against writing.</summary>
    public bool IsReadOnly { get; }

    /// <summary>The rows as numbers; empty where they are packed.</summary>
    public NativeBuffer<Real> Weights { get; }

    /// <summary>The rows in the format of <see cref="Storage"/>, <see cref="RowBytes"/> each, or as <see cref="Codes"/>; empty where they are numbers, or a mask keeps some only.</summary>
    public NativeBuffer<byte> Packed { get; }

    /// <summary>Bytes of a row; 0 where they differ, and of codes.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes of all rows as they are deployed.</summary>
    public long DeployedBytes => Kept?.TotalBytes ?? Codes?.Bytes ?? Rows * RowFormat.Bytes(Storage, Dim);

    /// <summary>The arrays that the rows are saved as.</summary>
    public IReadOnlyList<TablePart> Parts => Kept?.Parts ?? [PartAt(IsPacked ? (nint)Packed.Pointer : (nint)Weights.Pointer)];

    /// <summary>Numbers kept.</summary>
    public long Parameters => Kept?.Numbers ?? Rows * Dim;

    /// <param name="row">Of a table spread over ranks, the row's position among this rank's.</param>
    public Real* Row(long row) => Weights.Pointer + (row * Dim);

    /// <summary>Copies a row's numbers out, whatever the storage.</summary>
    public void Read(long row, Real* target)
    {
        if (!IsPacked) Buffer.MemoryCopy(Row(row), target, RowBytes, RowBytes);
        else if (Kept != null) Kept.Read(row, target);
        else if (Codes != null) ReadCodes(row, target);
        else RowFormat.Decode(Storage, PackedRow(row), Dim, target);
    }

    /// <summary>Puts numbers in a row's place, rounded to the nearest where rows are packed.</summary>
    public void Write(long row, Real* numbers)
    {
        if (IsPacked) RowFormat.Encode(Storage, numbers, Dim, PackedRow(row));
        else Buffer.MemoryCopy(numbers, Row(row), RowBytes, RowBytes);
    }

    /// <summary>Puts a packed row's numbers in its place, each rounded up or down by chance so that the mean of it is the number.</summary>
    /// <param name="chance">Of this table and step.</param>
    public void WriteByChance(long row, Real* numbers, CounterRandom chance) => RowFormat.EncodeByChance(Storage, numbers, Dim, PackedRow(row), chance, row * Dim);

    /// <summary>Makes all numbers zero that a mask does not keep; from now on they stay so in training. The mask is the table's then.</summary>
    public void Keep(RowMask mask)
    {
        RequireWhole("a plan that prunes numbers");
        Mask = mask;
        for (var row = 0L; row < Rows; row++) mask.Apply(row, Row(row));
    }

    /// <summary>Packs the rows of a table of numbers into this packed one; where a mask keeps some, those that the other's mask keeps.</summary>
    public void Pack(EmbeddingTable numbers)
    {
        numbers.RequireWhole("packing rows");
        if (Codes != null)
        {
            numbers.Coder!.Encode(numbers, this);
            return;
        }

        if (Kept != null)
        {
            Kept.Fill(numbers, numbers.Mask ?? throw new ArgumentException($"table '{Name}' has no mask", nameof(numbers)));
            return;
        }

        if (numbers.IsPacked && numbers.Storage == Storage)
        {
            Buffer.MemoryCopy(numbers.Packed.Pointer, Packed.Pointer, Packed.Bytes, numbers.Packed.Bytes);
            return;
        }

        var room = stackalloc Real[Dim];
        for (var row = 0L; row < Rows; row++) Write(row, numbers.NumbersOf(row, room));
    }

    /// <summary>Where a row's numbers lie, those of a packed one after reading them into room for <see cref="Dim"/>.</summary>
    public Real* NumbersOf(long row, Real* room)
    {
        if (!IsPacked) return Row(row);
        Read(row, room);
        return room;
    }

    /// <exception cref="AutoDimException">The table is spread over ranks.</exception>
    public void RequireWhole(string what)
    {
        if (Share != null) throw new AutoDimException($"{what} needs table '{Name}' whole, but {Share.Ranks.Count} ranks share it; raise --replicate above its {Rows * Dim * sizeof(Real):N0} bytes, or use one process");
    }

    /// <summary>Starts loading a row that is needed soon.</summary>
    public void Prefetch(long row)
    {
        if (!IsPacked) MemoryAdvice.Prefetch((byte*)Row(row), RowBytes);
        else if (Kept != null) Kept.Prefetch(row);
        else if (Codes == null) MemoryAdvice.Prefetch(PackedRow(row), RowBytes); // codes are a few bytes
    }

    /// <summary>Fills with normal numbers of mean 0; drawn in parallel, the same whatever the threads. A packed or mapped table that does not learn, which comes from a file, stays as it is.</summary>
    public void Initialise(double deviation, CounterRandom random, WorkerPool pool)
    {
        if ((IsPacked && !Learns) || IsReadOnly) return;
        var rowsPerBlock = Math.Max(1, NumbersPerBlock / Dim);
        var stream = random.Fork(Autograd.Parameter.StableHash(Name));
        pool.For(checked((int)((OwnRows + rowsPerBlock - 1) / rowsPerBlock)), 1, new Fill(this, rowsPerBlock, deviation, stream), static (fill, first, last) =>
        {
            var table = fill.Table;
            var numbers = stackalloc Real[table.Dim];
            for (var row = (long)first * fill.RowsPerBlock; row < Math.Min((long)last * fill.RowsPerBlock, table.OwnRows); row++)
            {
                var place = (table.Share?.RowAt(row) ?? row) * table.Dim;
                for (var k = 0; k < table.Dim; k++) numbers[k] = (Real)(fill.Deviation * fill.Stream.Normal(place + k));
                table.Write(row, numbers);
            }
        });
    }

    public void Dispose()
    {
        Weights.Dispose();
        Packed.Dispose();
        Kept?.Dispose();
        Mask?.Dispose();
    }

    private byte* PackedRow(long row) => Packed.Pointer + (row * RowBytes);

    private TablePart PartAt(nint address) => Codes != null ? new(Name, address, Codes.Bytes, 1, IsBytes: true) : new(Name, address, Rows, IsPacked ? RowBytes : Dim, IsPacked);

    private void ReadCodes(long row, Real* target)
    {
        var codes = stackalloc byte[Dim];
        Codes!.Read(Packed.Pointer, row, codes);
        for (var k = 0; k < Dim; k++) target[k] = codes[k];
    }

    private sealed record Fill(EmbeddingTable Table, int RowsPerBlock, double Deviation, CounterRandom Stream);
}
