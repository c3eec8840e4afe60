using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Compression.OptEmbed;

/// <summary>
/// OptEmbed's masks (Lyu et al., CIKM 2022, equations 5 to 10): a row is there where its L1 norm is above its field's threshold, and then with its first numbers alone.
/// The unit step s has the gradient of a surrogate, h (Xu, Cheung, 2019).
/// <code>
///   x_u = ‖V_u‖₁ − t_m     V̂_uk = s(x_u)·V_uk where k &lt; d_u, else 0     h(x) = 2 − 4|x| up to |x| = .4, .4 up to 1, else 0
///   g_u = h(x_u)·Σ over k &lt; d_u of dV̂_uk V_uk     dV_uk = s(x_u)·dV̂_uk [k &lt; d_u] + g_u·sign(V_uk)     dt_m = −Σ_u g_u
/// </code>
/// V is (distinct, D), t is (M, 1).
/// </summary>
internal sealed unsafe class MaskRows : Operation
{
    private Tensor vectors = null!, masked = null!;
    private Parameter thresholds = null!;
    private int field;
    private Real raise;
    private Real* dims;

    /// <param name="dims">d of each vector.</param>
    /// <param name="raise">What the threshold is above t; infinite where no row is to be there, or every one.</param>
    public static Tensor Apply(Tape tape, Parameter thresholds, int field, Real* dims, Real raise, Tensor vectors)
    {
        var operation = tape.Record<MaskRows>();
        (operation.vectors, operation.thresholds, operation.field, operation.raise) = (vectors, thresholds, field, raise);
        operation.dims = dims;
        operation.masked = tape.NewTensor(vectors.Rows, vectors.Columns);
        operation.Forward();
        return operation.masked;
    }

    public override void Backward()
    {
        if (!masked.HasGradient) return;
        if (vectors.NeedsGradient) vectors.EnsureGradient();
        if (thresholds.NeedsGradient) thresholds.EnsureGradient();
        for (var u = 0; u < vectors.Rows; u++)
        {
            Real* numbers = vectors.Row(u), gradient = masked.GradientRow(u);
            var (x, dim) = (Above(u), (int)dims[u]);
            var slope = Slope(x) * VectorKernels.Dot(gradient, numbers, dim);
            if (thresholds.NeedsGradient) thresholds.GradientRow(field)[0] -= slope;
            if (!vectors.NeedsGradient) continue;
            var target = vectors.GradientRow(u);
            if (x > 0) VectorKernels.AddScaled(target, 1, gradient, dim);
            for (var k = 0; slope != 0 && k < vectors.Columns; k++) target[k] += slope * Real.Sign(numbers[k]);
        }
    }

    /// <summary>‖e‖₁.</summary>
    public static Real Norm(Real* numbers, int count)
    {
        Real norm = 0;
        for (var k = 0; k < count; k++) norm += Real.Abs(numbers[k]);
        return norm;
    }

    /// <summary>h(x), the long-tailed estimate of the step's derivative.</summary>
    public static Real Slope(Real x) => Real.Abs(x) switch
    {
        <= (Real)0.4 => 2 - (4 * Real.Abs(x)),
        <= 1 => (Real)0.4,
        _ => 0,
    };

    private Real Above(int u) => Norm(vectors.Row(u), vectors.Columns) - thresholds.Row(field)[0] - raise;

    private void Forward()
    {
        for (var u = 0; u < vectors.Rows; u++)
        {
            var kept = Above(u) > 0 ? (int)dims[u] : 0;
            var target = new Span<Real>(masked.Row(u), vectors.Columns);
            new ReadOnlySpan<Real>(vectors.Row(u), kept).CopyTo(target);
            target[kept..].Clear();
        }
    }
}

/// <summary>OptEmbed's masks between rows and model: in training a dimension drawn anew for every distinct row of each step, in evaluation those that are set.</summary>
/// <param name="thresholds">t, (M, 1).</param>
/// <param name="dim">D, the largest dimension.</param>
internal sealed unsafe class SupernetMasks(Parameter thresholds, int dim, CounterRandom random) : IRowTransform
{
    public Parameter Thresholds { get; } = thresholds;

    /// <summary>Of each field in evaluation.</summary>
    public int[] Dims { get; set; } = [.. Enumerable.Repeat(dim, thresholds.Rows)];

    /// <summary>How far each field's threshold is raised in evaluation.</summary>
    public Real[] Raises { get; set; } = new Real[thresholds.Rows];

    public Tensor Apply(Tape tape, int field, DistinctRows rows, Tensor vectors)
    {
        var dims = tape.NewScratch(vectors.Rows);
        var draws = random.Fork((ulong)tape.Step).Fork((ulong)field);
        for (var u = 0; u < vectors.Rows; u++) dims[u] = tape.IsTraining ? 1 + draws.Below(rows.Rows[u], dim) : Dims[field];
        return MaskRows.Apply(tape, Thresholds, field, dims, tape.IsTraining ? 0 : Raises[field], vectors);
    }
}
