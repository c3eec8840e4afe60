using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>Sums over the rows of a matrix, in parts of fixed size, so that the order never depends on the threads.</summary>
internal sealed unsafe class ColumnSum
{
    private const int RowsPerPart = 256;

    private Real* source, other, centre, partial;
    private int rows, columns;

    /// <summary>result (columns) = Σ over rows of source (rows, columns), or of source ⊙ other where given; added where asked.</summary>
    public void Run(Tape tape, Real* source, int rows, int columns, Real* result, bool add = false, Real* other = null)
        => Run(tape, source, rows, columns, result, add, other, null);

    /// <summary>result (columns) = Σ over rows of (source − centre)²: centred first, so a large mean costs no digits.</summary>
    public void RunSquares(Tape tape, Real* source, int rows, int columns, Real* result, Real* centre)
        => Run(tape, source, rows, columns, result, add: false, null, centre);

    private void Run(Tape tape, Real* source, int rows, int columns, Real* result, bool add, Real* other, Real* centre)
    {
        var parts = (rows + RowsPerPart - 1) / RowsPerPart;
        this.source = source;
        this.other = other;
        this.centre = centre;
        this.rows = rows;
        this.columns = columns;
        partial = tape.NewScratch((long)parts * columns);
        tape.Pool.For(parts, 1, this, static (sum, first, last) => sum.SumParts(first, last));
        if (!add) new Span<Real>(result, columns).Clear();
        for (var part = 0; part < parts; part++) VectorKernels.AddScaled(result, 1, partial + ((long)part * columns), columns);
    }

    private void SumParts(int firstPart, int lastPart)
    {
        for (var part = firstPart; part < lastPart; part++)
        {
            var sum = partial + ((long)part * columns);
            new Span<Real>(sum, columns).Clear();
            var last = Math.Min(rows, (part + 1) * RowsPerPart);
            for (var row = (long)part * RowsPerPart; row < last; row++)
            {
                var values = source + (row * columns);
                if (centre != null) ElementKernels.AddSquaredDifference(sum, values, centre, columns);
                else if (other != null) ElementKernels.AddProduct(sum, values, other + (row * columns), columns);
                else VectorKernels.AddScaled(sum, 1, values, columns);
            }
        }
    }
}
