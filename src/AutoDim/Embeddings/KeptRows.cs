namespace AutoDim.Embeddings;

/// <summary>A table's rows of which a mask keeps only some numbers, packed to score with; the others are zero.</summary>
internal abstract unsafe class KeptRows : IDisposable
{
    /// <summary>Numbers kept.</summary>
    public abstract long Numbers { get; }

    /// <summary>The arrays that are saved.</summary>
    public abstract IReadOnlyList<TablePart> Parts { get; }

    /// <summary>Bytes of the arrays.</summary>
    public long TotalBytes => Parts.Sum(part => part.Rows * part.Columns);

    /// <summary>Takes the kept numbers of a table of numbers.</summary>
    public abstract void Fill(EmbeddingTable numbers, RowMask mask);

    /// <summary>Copies a row's numbers out, zeros where none is kept.</summary>
    /// <exception cref="AutoDimException">The memory, such as a mapped file's, does not hold such rows.</exception>
    public abstract void Read(long row, Real* target);

    /// <summary>Starts loading what tells where a row is.</summary>
    public abstract void Prefetch(long row);

    public abstract void Dispose();
}

/// <summary>Makes the packed rows of a table.</summary>
/// <param name="name">Of the table.</param>
/// <param name="storage">Of the numbers.</param>
/// <param name="source">Where the parts lie already, to be read only; null: in memory of their own.</param>
internal delegate KeptRows KeptLayout(string name, long tableRows, int dim, RowStorage storage, ITableRows? source);
