using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A table's rows of which a mask keeps only some numbers, packed to score with; the others are zero. Rows are found by blocks: each has a head of so many bytes, which tells where its rows are.
/// </summary>
internal abstract unsafe class KeptRows : IDisposable
{
    private readonly string name;
    private readonly int blockRows, headBytes;
    private readonly NativeBuffer<byte> heads;

    /// <param name="name">Of the table.</param>
    /// <param name="blockRows">Rows of a block.</param>
    /// <param name="headBytes">Of a block.</param>
    /// <param name="rowsBytes">Of all rows.</param>
    /// <param name="source">Where the parts lie already, to be read only; null: in memory of their own.</param>
    protected KeptRows(string name, long tableRows, int blockRows, int headBytes, long rowsBytes, ITableRows? source)
    {
        (this.name, this.blockRows, this.headBytes) = (name, blockRows, headBytes);
        heads = Memory("heads", HeadsBytes(tableRows, blockRows, headBytes) / headBytes, headBytes);
        Rows = Memory("rows", rowsBytes, 1);

        NativeBuffer<byte> Memory(string part, long lines, long columns) => source == null ? new NativeBuffer<byte>(checked(lines * columns))
            : NativeBuffer<byte>.View(source.Find(PartOf(part, 0, lines, columns)), lines * columns);
    }

    /// <summary>Numbers kept.</summary>
    public abstract long Numbers { get; }

    /// <summary>The arrays that are saved.</summary>
    public IReadOnlyList<TablePart> Parts => [PartOf("heads", (nint)heads.Pointer, heads.Length / headBytes, headBytes), PartOf("rows", (nint)Rows.Pointer, Rows.Length, 1)];

    /// <summary>Bytes of the arrays.</summary>
    public long TotalBytes => heads.Bytes + Rows.Bytes;

    /// <summary>The kept numbers.</summary>
    protected NativeBuffer<byte> Rows { get; }

    /// <summary>Takes the kept numbers of a table of numbers.</summary>
    public abstract void Fill(EmbeddingTable numbers, RowMask mask);

    /// <summary>Copies a row's numbers out, zeros where none is kept.</summary>
    /// <exception cref="AutoDimException">The memory, such as a mapped file's, does not hold such rows.</exception>
    public abstract void Read(long row, Real* target);

    /// <summary>Starts loading what tells where a row is.</summary>
    public void Prefetch(long row) => MemoryAdvice.Prefetch(Head(row), headBytes);

    public void Dispose()
    {
        heads.Dispose();
        Rows.Dispose();
    }

    /// <summary>Bytes of the heads of a table of so many rows.</summary>
    protected static long HeadsBytes(long tableRows, int blockRows, int headBytes) => (tableRows + blockRows - 1) / blockRows * headBytes;

    /// <summary>The head of a row's block.</summary>
    protected byte* Head(long row) => heads.Pointer + (row / blockRows * headBytes);

    protected AutoDimException Damaged(long row) => new($"the table '{name}' is damaged: row {row} lies outside of it; restore the model or train again");

    private TablePart PartOf(string part, nint address, long lines, long columns) => new($"{name}.{part}", address, lines, columns, IsBytes: true);
}

/// <summary>Makes the packed rows of a table.</summary>
/// <param name="name">Of the table.</param>
/// <param name="storage">Of the numbers.</param>
/// <param name="source">Where the parts lie already, to be read only; null: in memory of their own.</param>
internal delegate KeptRows KeptLayout(string name, long tableRows, int dim, RowStorage storage, ITableRows? source);
