using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Compression.Pep;

/// <summary>
/// PEP's reparameterisation (Liu et al., ICLR 2021, equation 4) with a threshold for each field and dimension:
/// <code>
///   V̂ = sign(V)·relu(|V| − σ(s))     dV = dV̂ and ds = −Σ sign(V)·dV̂·σ′(s) where |V| > σ(s), else 0
/// </code>
/// V is (distinct, d), s a row of (M, d).
/// </summary>
internal sealed unsafe class SoftThreshold : Operation
{
    private Tensor vectors = null!, kept = null!;
    private Parameter thresholds = null!;
    private int field;

    public static Tensor Apply(Tape tape, Parameter thresholds, int field, Tensor vectors)
    {
        var operation = tape.Record<SoftThreshold>();
        (operation.vectors, operation.thresholds, operation.field) = (vectors, thresholds, field);
        operation.kept = tape.NewTensor(vectors.Rows, vectors.Columns);
        operation.Forward();
        return operation.kept;
    }

    public override void Backward()
    {
        if (!kept.HasGradient) return;
        if (vectors.NeedsGradient) vectors.EnsureGradient();
        if (thresholds.NeedsGradient) thresholds.EnsureGradient();
        for (var k = 0; k < vectors.Columns; k++)
        {
            var threshold = Of(thresholds, field, k);
            Real sum = 0;
            for (var u = 0; u < vectors.Rows; u++)
            {
                var (number, gradient) = (vectors.Row(u)[k], kept.GradientRow(u)[k]);
                if (Real.Abs(number) <= threshold) continue;
                if (vectors.NeedsGradient) vectors.GradientRow(u)[k] += gradient;
                sum -= number > 0 ? gradient : -gradient;
            }

            if (thresholds.NeedsGradient) thresholds.GradientRow(field)[k] += sum * threshold * (1 - threshold);
        }
    }

    /// <summary>σ(s) of a field and dimension.</summary>
    public static Real Of(Parameter thresholds, int field, int k) => 1 / (1 + Real.Exp(-thresholds.Row(field)[k]));

    private void Forward()
    {
        for (var k = 0; k < vectors.Columns; k++)
        {
            var threshold = Of(thresholds, field, k);
            for (var u = 0; u < vectors.Rows; u++)
            {
                var number = vectors.Row(u)[k];
                kept.Row(u)[k] = Real.Abs(number) <= threshold ? 0 : number > 0 ? number - threshold : number + threshold;
            }
        }
    }
}

/// <summary>The soft threshold between rows and model.</summary>
internal sealed class SoftThresholds(Parameter thresholds) : IRowTransform
{
    public Parameter Parameter { get; } = thresholds;

    public Tensor Apply(Tape tape, int field, DistinctRows rows, Tensor vectors) => SoftThreshold.Apply(tape, Parameter, field, vectors);
}
