using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Bi-interaction pooling of NFM (He, Chua, 2017, eq. 4): y = Σ over pairs v_m ⊙ v_k, each field with the sum of those before it, in time
/// linear in the fields. Vectors are (·, D), y is (B, D).
/// </summary>
internal sealed unsafe class BiInteraction : Operation
{
    private const int SamplesPerChunk = 128;

    private Tape tape = null!;
    private FieldVector[] fields = null!;
    private Tensor sums = null!, y = null!;

    public static Tensor Apply(Tape tape, FieldVectors vectors)
    {
        var operation = tape.Record<BiInteraction>();
        operation.tape = tape;
        operation.fields = vectors.Fields;
        operation.sums = tape.NewConstant(vectors.BatchSize, vectors.EqualDim);
        operation.y = tape.NewTensor(vectors.BatchSize, vectors.EqualDim);
        tape.Pool.For(vectors.BatchSize, SamplesPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        tape.Pool.For(fields.Length, 1, this, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) op.ScatterAdd(m);
        });
    }

    /// <summary>½ ((Σ v_m)² − Σ v_m²), number by number.</summary>
    public override void Describe(GraphTrace trace)
    {
        var (graph, vectors) = (trace.Graph, trace.Graph.Reshape(trace.VectorsOf(fields), -1, fields.Length, y.Columns));
        var sum = graph.Sum(vectors, [1]);
        var twice = graph.Subtract(graph.Multiply(sum, sum), graph.Sum(graph.Multiply(vectors, vectors), [1]));
        trace[y] = graph.Multiply(twice, graph.Number(0.5f));
    }

    private void Forward(int first, int last)
    {
        var width = y.Columns;
        for (var sample = first; sample < last; sample++)
        {
            Real* sum = sums.Row(sample), result = y.Row(sample);
            new Span<Real>(sum, width).Clear();
            new Span<Real>(result, width).Clear();
            foreach (ref readonly var field in fields.AsSpan())
            {
                var vector = field.Vectors.Row(field.RowOf(sample));

                // v_m ⊙ the sum of those before it: every pair once, and no difference of large numbers.
                ElementKernels.AddProduct(result, sum, vector, width);
                VectorKernels.AddScaled(sum, 1, vector, width);
            }
        }
    }

    /// <summary>∂y/∂v_m = Σ v − v_m.</summary>
    private void ScatterAdd(int m)
    {
        var field = fields[m];
        if (!field.Vectors.NeedsGradient) return;
        field.Vectors.EnsureGradient();
        for (var sample = 0; sample < y.Rows; sample++)
        {
            var row = field.RowOf(sample);
            ElementKernels.AddProductOfDifference(field.Vectors.GradientRow(row), y.GradientRow(sample), sums.Row(sample), field.Vectors.Row(row), y.Columns);
        }
    }
}
