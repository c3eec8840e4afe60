using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// One learned number per field that scales its mixture, whichever the candidate: v_m = γ_m x_m. BatchNorm without affine
/// parameters gives every field unit variance, a noise field too, and an inner product of such vectors drowns what is learned; a gain
/// that all candidates share lets a field be quiet and leaves the candidates as comparable as before. γ is (M, 1), x and v (U, D).
/// </summary>
internal sealed unsafe class FieldGains : Operation
{
    private Tape tape = null!;
    private FieldVector[] source = null!, target = null!;
    private Tensor gains = null!;

    /// <param name="target">Not the source: its operation reads its own vectors there on the way back.</param>
    public static void Apply(Tape tape, Tensor gains, FieldVector[] source, FieldVector[] target)
    {
        var operation = tape.Record<FieldGains>();
        operation.tape = tape;
        operation.gains = gains;
        operation.source = source;
        operation.target = target;
        for (var m = 0; m < source.Length; m++) target[m] = source[m] with { Vectors = tape.NewTensor(source[m].Vectors.Rows, source[m].Dim) };
        tape.Pool.For(source.Length, 1, operation, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) op.Forward(m);
        });
    }

    public override void Backward()
    {
        if (gains.NeedsGradient) gains.EnsureGradient();
        tape.Pool.For(source.Length, 1, this, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) op.Backward(m);
        });
    }

    private void Forward(int m)
    {
        Tensor x = source[m].Vectors, v = target[m].Vectors;
        for (var u = 0; u < x.Rows; u++)
        {
            new Span<Real>(v.Row(u), v.Columns).Clear();
            VectorKernels.AddScaled(v.Row(u), gains.Value[m], x.Row(u), x.Columns);
        }
    }

    private void Backward(int m)
    {
        Tensor x = source[m].Vectors, v = target[m].Vectors;
        if (!v.HasGradient) return;
        x.EnsureGradient();
        Real sum = 0;
        for (var u = 0; u < x.Rows; u++)
        {
            VectorKernels.AddScaled(x.GradientRow(u), gains.Value[m], v.GradientRow(u), x.Columns);
            sum += VectorKernels.Dot(v.GradientRow(u), x.Row(u), x.Columns);
        }

        if (gains.NeedsGradient) gains.Gradient[m] += sum;
    }
}
