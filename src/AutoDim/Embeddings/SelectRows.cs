using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>A field's distinct vectors from a table's fewer ones: (U', d) → (U, d); several may be the same.</summary>
internal sealed unsafe class SelectRows : Operation
{
    private Tensor source = null!, target = null!;
    private DistinctRows rows = null!;

    /// <param name="rows">Of the table; its entries are the field's distinct rows.</param>
    public static Tensor Apply(Tape tape, Tensor source, DistinctRows rows)
    {
        var operation = tape.Record<SelectRows>();
        operation.source = source;
        operation.rows = rows;
        operation.target = tape.NewTensor(rows.Entries, source.Columns);
        for (var u = 0; u < rows.Entries; u++) Buffer.MemoryCopy(source.Row(rows.Positions[u]), operation.target.Row(u), source.Columns * sizeof(Real), source.Columns * sizeof(Real));
        return operation.target;
    }

    public override void Backward()
    {
        if (!target.HasGradient || !source.NeedsGradient) return;
        source.EnsureGradient();
        for (var u = 0; u < rows.Entries; u++) VectorKernels.AddScaled(source.GradientRow(rows.Positions[u]), 1, target.GradientRow(u), source.Columns);
    }

    /// <summary>In a graph a lookup has a row for each entry already.</summary>
    public override void Describe(GraphTrace trace) => trace[target] = trace[source];
}
