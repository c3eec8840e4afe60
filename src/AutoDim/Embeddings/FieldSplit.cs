using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>A field's place in a <see cref="FieldLinear"/> layer.</summary>
/// <param name="WeightRow">First of its rows in the layer's weight.</param>
/// <param name="Offset">A shared field: its first distinct row among all shared fields'. Another: its first column in their concatenation.</param>
internal readonly record struct FieldPart(FieldVector Source, int WeightRow, int Offset);

/// <summary>
/// Divides a batch's fields into those with so few distinct rows that a linear layer is cheaper per distinct row ("shared"),
/// and the rest, which are concatenated per sample.
/// </summary>
internal sealed unsafe class FieldSplit
{
    /// <summary>Most distinct rows of one shared field, and of all: 32 columns of them stay in the second-level cache.</summary>
    private const int MostRows = 1024, MostRowsInAll = 4096;

    /// <summary>Adding a shared row costs a sample about as much as the products of so many coordinates.</summary>
    private const int CostInCoordinates = 4;

    private FieldPart[] shared = [], rest = [];
    private int sharedCount, restCount;

    public ReadOnlySpan<FieldPart> Shared => shared.AsSpan(0, sharedCount);

    public ReadOnlySpan<FieldPart> Rest => rest.AsSpan(0, restCount);

    /// <summary>Distinct rows of all shared fields.</summary>
    public int SharedRows { get; private set; }

    /// <summary>Σ d of the rest.</summary>
    public int RestDim { get; private set; }

    /// <summary>Divides anew; allocates only where the number of fields changes.</summary>
    /// <param name="sharing">False to leave every field in the rest.</param>
    public void Divide(FieldVector[] fields, int batchSize, bool sharing)
    {
        if (shared.Length != fields.Length) (shared, rest) = (new FieldPart[fields.Length], new FieldPart[fields.Length]);
        (sharedCount, restCount, SharedRows, RestDim) = (0, 0, 0, 0);
        var weightRow = 0;
        foreach (ref readonly var field in fields.AsSpan())
        {
            if (sharing && IsWorthwhile(field, batchSize))
            {
                shared[sharedCount++] = new FieldPart(field, weightRow, SharedRows);
                SharedRows += field.Vectors.Rows;
            }
            else
            {
                rest[restCount++] = new FieldPart(field, weightRow, RestDim);
                RestDim += field.Dim;
            }

            weightRow += field.Dim;
        }
    }

    /// <summary>Copies the rest's rows of a matrix (Σ d over all fields, columns) together: (RestDim, columns).</summary>
    public void CopyRestRows(Real* matrix, Real* target, int columns)
    {
        foreach (ref readonly var part in Rest)
        {
            var length = (long)part.Source.Dim * columns * sizeof(Real);
            Buffer.MemoryCopy(matrix + ((long)part.WeightRow * columns), target + ((long)part.Offset * columns), length, length);
        }
    }

    /// <summary>Adds (RestDim, columns) to the rest's rows of a matrix.</summary>
    public void AddRestRows(Real* source, Real* matrix, int columns)
    {
        foreach (ref readonly var part in Rest)
        {
            VectorKernels.AddScaled(matrix + ((long)part.WeightRow * columns), 1, source + ((long)part.Offset * columns), part.Source.Dim * columns);
        }
    }

    /// <summary>The rest's vectors of samples [first, last) side by side, into x (B, RestDim).</summary>
    public void GatherRest(Real* x, int first, int last)
    {
        foreach (ref readonly var part in Rest) FieldRows.Gather(part.Source, x + ((long)first * RestDim) + part.Offset, RestDim, first, last);
    }

    private bool IsWorthwhile(in FieldVector field, int batchSize)
    {
        var rows = field.Vectors.Rows;
        var saved = (long)field.Dim * (batchSize - rows);
        return rows <= MostRows && SharedRows + rows <= MostRowsInAll && saved >= (long)CostInCoordinates * batchSize;
    }
}
