using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>The mean of a multi-valued field's vectors per sample, zero where it has none: (distinct, d) → (B, d).</summary>
internal sealed unsafe class PoolValues : Operation
{
    private int field;
    private DistinctRows distinct = null!;
    private Tensor vectors = null!, pooled = null!;

    public static Tensor Apply(Tape tape, Tensor vectors, int field, DistinctRows distinct, int batchSize)
    {
        var operation = tape.Record<PoolValues>();
        operation.field = field;
        operation.distinct = distinct;
        operation.vectors = vectors;
        operation.pooled = tape.NewTensor(batchSize, vectors.Columns);
        tape.Pool.For(batchSize, 256, operation, static (op, first, last) => op.Forward(first, last));
        return operation.pooled;
    }

    public override void Backward()
    {
        if (!pooled.HasGradient || !vectors.NeedsGradient) return;
        vectors.EnsureGradient();
        for (var sample = 0; sample < pooled.Rows; sample++)
        {
            int first = distinct.Offsets[sample], last = distinct.Offsets[sample + 1];
            for (var entry = first; entry < last; entry++)
            {
                VectorKernels.AddScaled(vectors.GradientRow(distinct.Positions[entry]), (Real)1 / (last - first), pooled.GradientRow(sample), vectors.Columns);
            }
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var column = trace.Fields[field].Own;
        trace[pooled] = trace.WeightedSum(trace.MeanWeights(column), trace.PerSample(column, trace[vectors], vectors.Columns), vectors.Columns);
    }

    private void Forward(int firstSample, int lastSample)
    {
        for (var sample = firstSample; sample < lastSample; sample++)
        {
            new Span<Real>(pooled.Row(sample), pooled.Columns).Clear();
            int first = distinct.Offsets[sample], last = distinct.Offsets[sample + 1];
            for (var entry = first; entry < last; entry++)
            {
                VectorKernels.AddScaled(pooled.Row(sample), (Real)1 / (last - first), vectors.Row(distinct.Positions[entry]), vectors.Columns);
            }
        }
    }
}
