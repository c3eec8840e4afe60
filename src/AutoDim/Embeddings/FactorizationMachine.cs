using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Second-order term of the factorization machine (Rendle, 2010, eq. 5): y = Σ over pairs ⟨v_m, v_k⟩
/// = ½ (‖Σ v_m‖² − Σ ‖v_m‖²) per sample, in time linear in the fields. Vectors are (·, D), y is (B, 1).
/// </summary>
internal sealed unsafe class FactorizationMachine : Operation
{
    private const int SamplesPerChunk = 128;

    private Tape tape = null!;
    private FieldVector[] fields = null!;
    private Tensor sums = null!, y = null!;

    public static Tensor Apply(Tape tape, FieldVectors vectors)
    {
        var operation = tape.Record<FactorizationMachine>();
        var width = vectors.EqualDim;
        operation.tape = tape;
        operation.fields = vectors.Fields;
        operation.sums = tape.NewConstant(vectors.BatchSize, width);
        operation.y = tape.NewTensor(vectors.BatchSize, 1);
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

    public override void Describe(GraphTrace trace)
    {
        var (graph, x) = (trace.Graph, trace.VectorsOf(fields));
        var sum = graph.Sum(graph.Reshape(x, -1, fields.Length, sums.Columns), [1]);
        var twice = graph.Subtract(graph.Sum(graph.Multiply(sum, sum), [1], keepsAxes: true), graph.Sum(graph.Multiply(x, x), [1], keepsAxes: true));
        trace[y] = graph.Multiply(twice, graph.Number(0.5f));
    }

    private void Forward(int first, int last)
    {
        var width = sums.Columns;
        for (var sample = first; sample < last; sample++)
        {
            var sum = sums.Row(sample);
            new Span<Real>(sum, width).Clear();
            Real squares = 0;
            foreach (ref readonly var field in fields.AsSpan())
            {
                var vector = field.Vectors.Row(field.RowOf(sample));
                VectorKernels.AddScaled(sum, 1, vector, width);
                squares += VectorKernels.Dot(vector, vector, width);
            }

            y.Value[sample] = (VectorKernels.Dot(sum, sum, width) - squares) / 2;
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
            ElementKernels.AddScaledDifference(field.Vectors.GradientRow(row), y.Gradient[sample], sums.Row(sample), field.Vectors.Row(row), sums.Columns);
        }
    }
}
