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

    /// <summary>Most values of a field whose products a layer keeps.</summary>
    private const int MostKeptOfField = 2048;

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
        Begin(fields.Length);
        var weightRow = 0;
        foreach (ref readonly var field in fields.AsSpan())
        {
            if (sharing && IsWorthwhile(field, batchSize)) Share(field, weightRow, field.Vectors.Rows);
            else Leave(field, weightRow);
            weightRow += field.Dim;
        }
    }

    /// <summary>Divides into fields of so few values that a layer that scores keeps the product of each (<see cref="KeptProducts"/>), and the rest. By the tables alone, whatever the batch.</summary>
    /// <param name="units">H, of the layer.</param>
    public void DivideByTables(FieldVector[] fields, int units)
    {
        Begin(fields.Length);
        var most = MostKeptRows(fields, units);
        var weightRow = 0;
        foreach (ref readonly var field in fields.AsSpan())
        {
            if (CanKeep(field, most)) Share(field, weightRow, (int)field.Values!.TableRows);
            else Leave(field, weightRow);
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

    private void Begin(int fields)
    {
        if (shared.Length != fields) (shared, rest) = (new FieldPart[fields], new FieldPart[fields]);
        (sharedCount, restCount, SharedRows, RestDim) = (0, 0, 0, 0);
    }

    private void Share(in FieldVector field, int weightRow, int rows)
    {
        shared[sharedCount++] = new FieldPart(field, weightRow, SharedRows);
        SharedRows += rows;
    }

    private void Leave(in FieldVector field, int weightRow)
    {
        rest[restCount++] = new FieldPart(field, weightRow, RestDim);
        RestDim += field.Dim;
    }

    private static bool CanKeep(in FieldVector field, int most) => field.Dim > CostInCoordinates && field.Values != null && field.Values.TableRows <= most;

    /// <summary>The most rows that a field's table may have, so that all kept products fit their memory.</summary>
    private static int MostKeptRows(FieldVector[] fields, int units)
    {
        var most = MostKeptOfField;
        while (KeptRows(fields, most) * units * sizeof(Real) > KeptProducts.MostBytes) most /= 2;
        return most;
    }

    private static long KeptRows(FieldVector[] fields, int most)
    {
        var rows = 0L;
        foreach (ref readonly var field in fields.AsSpan())
        {
            if (CanKeep(field, most)) rows += field.Values!.TableRows;
        }

        return rows;
    }

    private bool IsWorthwhile(in FieldVector field, int batchSize)
    {
        var rows = field.Vectors.Rows;
        var saved = (long)field.Dim * (batchSize - rows);
        return rows <= MostRows && SharedRows + rows <= MostRowsInAll && saved >= (long)CostInCoordinates * batchSize;
    }
}
