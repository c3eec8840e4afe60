using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// The mixture of all candidates, x = Σ_n p_n BatchNorm(e[:d_n]·W_n), as one affine map per field. BatchNorm of a linear map of e
/// is linear in e − mean(e), with statistics known from e's covariance C:
/// <code>
///   var_nj = w_njᵀ C w_nj     s_nj = 1/√(var_nj + ε)     A = Σ_n p_n W_n diag(s_n)     x = Aᵀ(e − mean)
/// </code>
/// All of it on the batch's distinct rows: about 4.5·D² multiply-adds a row, whatever the number of candidates. The derivation,
/// with gradients, is in docs/search-layer.md; <see cref="WrittenOutMixture"/> is the same layer written out.
/// Shapes: E (U, R) distinct rows, C and Q (R, R), A and T (R, D), s (N, D), x (U, D).
/// </summary>
internal sealed unsafe class CollapsedMixture : Operation
{
    private Tape tape = null!;
    private SearchSpace space = null!;
    private FieldMixture[] fields = null!;
    private FieldVector[] target = null!;
    private Tensor p = null!;
    private Workspace[] work = [];

    private struct Workspace
    {
        public Real* Mean, Centred, Weighted, Covariance, Inverse, Affine, Transfer, Quadratic, MapGradient, Row;
    }

    public static void Apply(Tape tape, SearchSpace space, FieldMixture[] fields, Tensor p, FieldVector[] target)
    {
        var operation = tape.Record<CollapsedMixture>();
        operation.tape = tape;
        operation.space = space;
        operation.fields = fields;
        operation.target = target;
        operation.p = p;
        operation.Reserve();
        tape.Pool.For(fields.Length, 1, operation, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.Forward(m, op.tape.Serial(worker));
        });
    }

    public override void Backward()
    {
        p.EnsureGradient();
        tape.Pool.For(fields.Length, 1, this, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.Backward(m, op.tape.Serial(worker));
        });
        for (var m = 0; m < fields.Length; m++)
        {
            var maps = fields[m].Maps;
            if (!maps.NeedsGradient || !target[m].Vectors.HasGradient) continue;
            maps.EnsureGradient();
            VectorKernels.AddScaled(maps.Gradient, 1, work[m].MapGradient, (int)maps.Length);
        }
    }

    private void Reserve()
    {
        if (work.Length != fields.Length) work = new Workspace[fields.Length];
        int r = space.RowWidth, d = space.Dim, n = space.Slices.Length;
        for (var m = 0; m < fields.Length; m++)
        {
            var source = fields[m].Source;
            target[m] = source with { Vectors = tape.NewTensor(source.Vectors.Rows, d) };
            ref var w = ref work[m];
            w.Mean = tape.NewScratch(Math.Max(r, d));
            w.Inverse = tape.NewScratch(n * d);
            w.Affine = tape.NewScratch(r * d);
            w.Row = tape.NewScratch(Math.Max(r, d));
            if (!tape.IsTraining) continue;
            w.Centred = tape.NewScratch((long)source.Vectors.Rows * r);
            w.Weighted = tape.NewScratch((long)source.Vectors.Rows * r);
            w.Covariance = tape.NewScratch(r * r);
            w.Transfer = tape.NewScratch(r * d);
            w.Quadratic = tape.NewScratch(r * r);
            w.MapGradient = tape.NewScratch((long)space.MapRows * d);
        }
    }

    private void Forward(int m, SerialGemm gemm)
    {
        ref var w = ref work[m];
        var field = fields[m];
        if (tape.IsTraining)
        {
            Centre(field, w);
            BatchStatistics(m, field, w, gemm);
        }
        else
        {
            RunningStatistics(m, field, w);
        }

        Mix(m, field, w);
        Tensor e = field.Source.Vectors, x = target[m].Vectors;
        var affine = View(w.Affine, space.RowWidth, space.Dim);
        if (tape.IsTraining) gemm.Multiply(View(w.Centred, e.Rows, space.RowWidth), affine, x.ValueView);
        else gemm.Multiply(e.ValueView, affine, x.ValueView, bias: w.Mean);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    /// <summary>mean = 1/B Σ c_u e_u; every row less the mean, and that times c_u / B.</summary>
    private void Centre(FieldMixture field, in Workspace w)
    {
        var e = field.Source.Vectors;
        var r = space.RowWidth;
        new Span<Real>(w.Mean, r).Clear();
        for (var u = 0; u < e.Rows; u++) VectorKernels.AddScaled(w.Mean, field.CountOf(u), e.Row(u), r);
        Real size = Math.Max(1, field.Occurrences);
        for (var k = 0; k < r; k++) w.Mean[k] /= size;
        for (var u = 0; u < e.Rows; u++)
        {
            ElementKernels.CentreAndScale(e.Row(u), w.Mean, field.CountOf(u) / size, w.Centred + ((long)u * r), w.Weighted + ((long)u * r), r);
        }
    }

    /// <summary>C = 1/B Σ c_u (e_u − mean)(e_u − mean)ᵀ, then each candidate's variance from it; moves the running statistics.</summary>
    private void BatchStatistics(int m, FieldMixture field, in Workspace w, SerialGemm gemm)
    {
        int r = space.RowWidth, d = space.Dim;
        var rows = field.Source.Vectors.Rows;
        Real size = Math.Max(1, field.Occurrences);
        gemm.Multiply(View(w.Weighted, rows, r).Transposed, View(w.Centred, rows, r), View(w.Covariance, r, r));
        for (var n = 0; n < space.Slices.Length; n++)
        {
            var slice = space.SliceOf(m, n);
            var inverse = w.Inverse + (n * d);
            CandidateVariance(field.Maps, slice, w, inverse);
            if (tape.UpdatesStatistics) MoveRunning(field, n, slice, w, inverse, size);
            for (var j = 0; j < d; j++) inverse[j] = 1 / Real.Sqrt(inverse[j] + (Real)FieldMixture.Epsilon);
        }
    }

    /// <summary>var_j = Σ_k w_kj Σ_l C_kl w_lj.</summary>
    private void CandidateVariance(Parameter maps, CandidateSlice slice, in Workspace w, Real* variance)
    {
        int r = space.RowWidth, d = space.Dim;
        new Span<Real>(variance, d).Clear();
        for (var k = 0; k < slice.Dim; k++)
        {
            CovarianceTimesMap(maps, slice, w, k, w.Row);
            ElementKernels.AddProduct(variance, w.Row, maps.Row(slice.MapStart + k), d);
        }

        for (var j = 0; j < d; j++) variance[j] = Real.Max(variance[j], 0);
    }

    /// <summary>Row k of C·W_n: Σ_l C_kl w_l.</summary>
    private void CovarianceTimesMap(Parameter maps, CandidateSlice slice, in Workspace w, int k, Real* result)
    {
        new Span<Real>(result, space.Dim).Clear();
        var covariance = w.Covariance + ((slice.Start + k) * space.RowWidth) + slice.Start;
        for (var l = 0; l < slice.Dim; l++) VectorKernels.AddScaled(result, covariance[l], maps.Row(slice.MapStart + l), space.Dim);
    }

    private void MoveRunning(FieldMixture field, int n, CandidateSlice slice, in Workspace w, Real* variance, Real size)
    {
        var unbias = size > 1 ? size / (size - 1) : 1;
        var momentum = (Real)FieldMixture.Momentum;
        Real* mean = w.Row, runningMean = field.RunningMean.Row(n), runningVariance = field.RunningVariance.Row(n);
        new Span<Real>(mean, space.Dim).Clear();
        for (var k = 0; k < slice.Dim; k++) VectorKernels.AddScaled(mean, w.Mean[slice.Start + k], field.Maps.Row(slice.MapStart + k), space.Dim);
        for (var j = 0; j < space.Dim; j++)
        {
            runningMean[j] += momentum * (mean[j] - runningMean[j]);
            runningVariance[j] += momentum * ((variance[j] * unbias) - runningVariance[j]);
        }
    }

    /// <summary>In evaluation x = Aᵀe − Σ_n p_n s_n ⊙ μ_n; the constant takes the mean's place.</summary>
    private void RunningStatistics(int m, FieldMixture field, in Workspace w)
    {
        new Span<Real>(w.Mean, space.Dim).Clear();
        for (var n = 0; n < space.Slices.Length; n++)
        {
            for (var j = 0; j < space.Dim; j++)
            {
                var inverse = 1 / Real.Sqrt(field.RunningVariance.Row(n)[j] + (Real)FieldMixture.Epsilon);
                w.Inverse[(n * space.Dim) + j] = inverse;
                w.Mean[j] -= p.Row(m)[n] * inverse * field.RunningMean.Row(n)[j];
            }
        }
    }

    /// <summary>A = Σ_n p_n W_n diag(s_n), each candidate in its rows.</summary>
    private void Mix(int m, FieldMixture field, in Workspace w)
    {
        var d = space.Dim;
        new Span<Real>(w.Affine, space.RowWidth * d).Clear();
        for (var n = 0; n < space.Slices.Length; n++)
        {
            var slice = space.SliceOf(m, n);
            var weight = p.Row(m)[n];
            for (var j = 0; j < d; j++) w.Row[j] = weight * w.Inverse[(n * d) + j];
            for (var k = 0; k < slice.Dim; k++)
            {
                ElementKernels.AddProduct(w.Affine + ((slice.Start + k) * d), w.Row, field.Maps.Row(slice.MapStart + k), d);
            }
        }
    }

    private void Backward(int m, SerialGemm gemm)
    {
        var g = target[m].Vectors;
        if (!g.HasGradient) return;
        ref var w = ref work[m];
        var field = fields[m];
        int r = space.RowWidth, d = space.Dim;
        gemm.Multiply(View(w.Centred, g.Rows, r).Transposed, g.GradientView, View(w.Transfer, r, d));
        new Span<Real>(w.Quadratic, r * r).Clear();
        new Span<Real>(w.MapGradient, space.MapRows * d).Clear();
        for (var n = 0; n < space.Slices.Length; n++) CandidateGradient(m, n, field, w);
        if (field.Source.Vectors.NeedsGradient) RowGradient(field, g, w, gemm);
    }

    /// <summary>
    /// dL/dp_n = ⟨T, W_n diag(s)⟩; dL/dvar_j = −½ s_j³ p_n Σ_k T_kj w_kj;
    /// dL/dW_n = p_n T diag(s) + 2 C W_n diag(dvar); Q += W_n diag(dvar) W_nᵀ.
    /// </summary>
    private void CandidateGradient(int m, int n, FieldMixture field, in Workspace w)
    {
        var slice = space.SliceOf(m, n);
        if (slice.Dim == 0) return;
        int r = space.RowWidth, d = space.Dim;
        var weight = p.Row(m)[n];
        Real* inverse = w.Inverse + (n * d), dVariance = w.Mean;
        new Span<Real>(dVariance, d).Clear();
        for (var k = 0; k < slice.Dim; k++) ElementKernels.AddProduct(dVariance, w.Transfer + ((slice.Start + k) * d), field.Maps.Row(slice.MapStart + k), d);
        p.GradientRow(m)[n] += VectorKernels.Dot(dVariance, inverse, d);
        if (weight == 0 || !(field.Maps.NeedsGradient || field.Source.Vectors.NeedsGradient)) return;
        for (var j = 0; j < d; j++) dVariance[j] *= (Real)(-0.5) * weight * inverse[j] * inverse[j] * inverse[j];
        for (var k = 0; k < slice.Dim; k++)
        {
            Real* map = field.Maps.Row(slice.MapStart + k), gradient = w.MapGradient + ((long)(slice.MapStart + k) * d);
            CovarianceTimesMap(field.Maps, slice, w, k, w.Row);
            for (var j = 0; j < d; j++)
            {
                gradient[j] = (weight * w.Transfer[((slice.Start + k) * d) + j] * inverse[j]) + (2 * w.Row[j] * dVariance[j]);
                w.Row[j] = map[j] * dVariance[j];
            }

            for (var l = 0; l < slice.Dim; l++)
            {
                w.Quadratic[((slice.Start + k) * r) + slice.Start + l] += VectorKernels.Dot(w.Row, field.Maps.Row(slice.MapStart + l), d);
            }
        }
    }

    /// <summary>dL/de_u = A (G_u − c_u·mean(g)) + 2 c_u/B·Q (e_u − mean), for the sum G_u of the row's gradients.</summary>
    private void RowGradient(FieldMixture field, Tensor g, in Workspace w, SerialGemm gemm)
    {
        int r = space.RowWidth, d = space.Dim;
        var e = field.Source.Vectors;
        var affine = View(w.Affine, r, d);
        gemm.Multiply(g.GradientView, affine.Transposed, e.GradientView, accumulate: e.BeginGradient());
        for (var k = 0; k < r * r; k++) w.Quadratic[k] *= 2;
        gemm.Multiply(View(w.Weighted, g.Rows, r), View(w.Quadratic, r, r), e.GradientView, accumulate: true);

        // A·mean(g), once for every occurrence of a row.
        Real* mean = w.Mean, mapped = w.Row;
        new Span<Real>(mean, d).Clear();
        for (var u = 0; u < g.Rows; u++) VectorKernels.AddScaled(mean, 1, g.GradientRow(u), d);
        Real size = Math.Max(1, field.Occurrences);
        for (var k = 0; k < r; k++) mapped[k] = VectorKernels.Dot(w.Affine + (k * d), mean, d) / size;
        for (var u = 0; u < g.Rows; u++) VectorKernels.AddScaled(e.GradientRow(u), -field.CountOf(u), mapped, r);
    }
}
