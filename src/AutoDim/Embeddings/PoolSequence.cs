using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Each sample's entries of a sequence as one vector: Σ_j a_j e_j with weights a (N, 1), or their mean without; zero where a sample has
/// none. Vectors (U, d) → (B, d); N is the entries of all samples.
/// </summary>
internal sealed unsafe class PoolSequence : Operation
{
    private const int SamplesPerTask = 64;

    private Tape tape = null!;
    private SequenceEntries entries;
    private FieldVector field;
    private Tensor vectors = null!, pooled = null!;
    private Tensor? weights;

    public static Tensor Apply(Tape tape, FieldVectors fields, int sequence, Tensor? weights)
    {
        var operation = tape.Record<PoolSequence>();
        operation.tape = tape;
        operation.entries = fields.Sequences[sequence];
        operation.field = fields.Fields[operation.entries.Vector];
        operation.vectors = operation.field.Vectors;
        operation.weights = weights;
        operation.pooled = tape.NewTensor(fields.BatchSize, operation.vectors.Columns);
        tape.Pool.For(fields.BatchSize, SamplesPerTask, operation, static (op, first, last) => op.Forward(first, last));
        return operation.pooled;
    }

    public override void Backward()
    {
        if (!pooled.HasGradient) return;
        if (weights is { NeedsGradient: true })
        {
            weights.EnsureGradient();
            tape.Pool.For(pooled.Rows, SamplesPerTask, this, static (op, first, last) => op.WeightGradients(first, last));
        }

        if (!vectors.NeedsGradient) return;
        vectors.EnsureGradient();
        for (var sample = 0; sample < pooled.Rows; sample++)
        {
            int first = entries.Offsets[sample], last = entries.Offsets[sample + 1];
            for (var entry = first; entry < last; entry++) VectorKernels.AddScaled(vectors.GradientRow(entries.RowOf(entry)), WeightOf(entry, last - first), pooled.GradientRow(sample), vectors.Columns);
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var (graph, column) = (trace.Graph, trace.Fields[field.Field].Sequences[entries.Number]);
        var a = weights == null ? trace.MeanWeights(column) : graph.Multiply(graph.Reshape(trace[weights], graph.ShapeOf(column.Rows, 0, 2)), trace.Mask(column));
        trace[pooled] = trace.WeightedSum(a, trace.VectorsOf(entries, field), vectors.Columns);
    }

    private Real WeightOf(int entry, int count) => weights == null ? (Real)1 / count : weights.Value[entry];

    private void Forward(int firstSample, int lastSample)
    {
        for (var sample = firstSample; sample < lastSample; sample++)
        {
            new Span<Real>(pooled.Row(sample), pooled.Columns).Clear();
            int first = entries.Offsets[sample], last = entries.Offsets[sample + 1];
            for (var entry = first; entry < last; entry++) VectorKernels.AddScaled(pooled.Row(sample), WeightOf(entry, last - first), vectors.Row(entries.RowOf(entry)), vectors.Columns);
        }
    }

    private void WeightGradients(int firstSample, int lastSample)
    {
        for (var sample = firstSample; sample < lastSample; sample++)
        {
            for (var entry = entries.Offsets[sample]; entry < entries.Offsets[sample + 1]; entry++)
            {
                weights!.Gradient[entry] += VectorKernels.Dot(vectors.Row(entries.RowOf(entry)), pooled.GradientRow(sample), vectors.Columns);
            }
        }
    }
}
