using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Rows as an integer storage would give them back: (U, d) → (U, d). Training alone: the gradient goes straight through (the straight-through estimator, Bengio et al., 2013), to numbers that the
/// row's scale cuts short too, as the scale follows the row.
/// </summary>
internal sealed unsafe class RoundRows : Operation
{
    private const int RowsPerChunk = 16;

    private Tensor rows = null!, target = null!;
    private RowStorage[] storages = null!;
    private EmbeddingTable table = null!;
    private DistinctRows distinct = null!;

    /// <param name="rows">Of the table, in the order of its distinct rows.</param>
    /// <param name="storages">Of rows of each count of kept numbers, from 0 on.</param>
    /// <param name="table">Its mask tells how many numbers of each row are there, from the first on.</param>
    public static Tensor Apply(Tape tape, Tensor rows, RowStorage[] storages, EmbeddingTable table, DistinctRows distinct)
    {
        var operation = tape.Record<RoundRows>();
        operation.rows = rows;
        operation.storages = storages;
        operation.table = table;
        operation.distinct = distinct;
        operation.target = tape.NewTensor(rows.Rows, rows.Columns);
        tape.Pool.For(rows.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.target;
    }

    public override void Backward()
    {
        if (!target.HasGradient || !rows.NeedsGradient) return;
        rows.EnsureGradient();
        VectorKernels.AddScaled(rows.Gradient, 1, target.Gradient, (int)target.Length);
    }

    private void Forward(int first, int last)
    {
        for (var u = first; u < last; u++)
        {
            var kept = table.Mask is { } mask ? RowMask.Count(mask.Row(distinct.Rows[u]), mask.RowBytes) : rows.Columns;
            if (kept > 0) RowFormat.Round(storages[kept], rows.Row(u), kept, target.Row(u));
            new Span<Real>(target.Row(u) + kept, rows.Columns - kept).Clear();
        }
    }
}
