using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// The plan's maps: each field's distinct rows (U, d) become (U, D) by its own weight and bias, or are padded with zeros.
/// A map is applied once per distinct row, not once per sample.
/// </summary>
internal sealed unsafe class MapFields : Operation
{
    private Tape tape = null!;
    private FieldVector[] source = null!, target = null!;
    private FieldMap?[] maps = null!;

    public static void Apply(Tape tape, FieldVector[] source, FieldMap?[] maps, int width, FieldVector[] target)
    {
        var operation = tape.Record<MapFields>();
        operation.tape = tape;
        operation.source = source;
        operation.maps = maps;
        operation.target = target;
        for (var m = 0; m < source.Length; m++)
        {
            var isIdentity = maps[m] == null && source[m].Dim == width;
            target[m] = isIdentity ? source[m] : source[m] with { Vectors = tape.NewTensor(source[m].Vectors.Rows, width) };
        }

        tape.Pool.For(source.Length, 1, operation, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.Forward(m, op.tape.Serial(worker));
        });
    }

    public override void Backward() => tape.Pool.For(source.Length, 1, this, static (op, first, last, worker) =>
    {
        for (var m = first; m < last; m++) op.Backward(m, op.tape.Serial(worker));
    });

    public override void Describe(GraphTrace trace)
    {
        for (var m = 0; m < source.Length; m++)
        {
            Tensor e = source[m].Vectors, v = target[m].Vectors;
            if (ReferenceEquals(e, v)) continue;
            trace[v] = maps[m] is { } map
                ? trace.Graph.MatrixProduct(trace[e], trace[map.Weight], trace[map.Bias])
                : trace.Graph.Node("Pad", [trace[e], trace.Graph.Numbers([0, 0, 0, v.Columns - e.Columns])]);
        }
    }

    private void Forward(int m, SerialGemm gemm)
    {
        Tensor e = source[m].Vectors, v = target[m].Vectors;
        if (ReferenceEquals(e, v)) return;
        if (maps[m] is { } map)
        {
            gemm.Multiply(e.ValueView, map.Weight.ValueView, v.ValueView, bias: map.Bias.Value);
            return;
        }

        for (var u = 0; u < e.Rows; u++)
        {
            var row = new Span<Real>(v.Row(u), v.Columns);
            new ReadOnlySpan<Real>(e.Row(u), e.Columns).CopyTo(row);
            row[e.Columns..].Clear();
        }
    }

    private void Backward(int m, SerialGemm gemm)
    {
        Tensor e = source[m].Vectors, v = target[m].Vectors;
        if (ReferenceEquals(e, v) || !v.HasGradient) return;
        e.EnsureGradient();
        if (maps[m] is not { } map)
        {
            for (var u = 0; u < e.Rows; u++) VectorKernels.AddScaled(e.GradientRow(u), 1, v.GradientRow(u), e.Columns);
            return;
        }

        gemm.Multiply(v.GradientView, map.Weight.ValueView.Transposed, e.GradientView, accumulate: true);
        if (map.Weight.NeedsGradient)
        {
            map.Weight.EnsureGradient();
            gemm.Multiply(e.ValueView.Transposed, v.GradientView, map.Weight.GradientView, accumulate: true);
        }

        if (!map.Bias.NeedsGradient) return;
        map.Bias.EnsureGradient();
        for (var u = 0; u < v.Rows; u++) VectorKernels.AddScaled(map.Bias.Gradient, 1, v.GradientRow(u), v.Columns);
    }
}
