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
/// The batch is the whole one: where ranks have shares of it, the sums over e, the covariance, Q and the sum of g are added up over them, and the
/// gradients of p and the maps are each rank's contribution, as those of any dense weight.
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

    /// <summary>Σ c_u e_u and Σ c_u of every field, (M, R + 1); their covariances, (M, R²); Q and Σ g of every field, (M, R² + D).</summary>
    private Real* sums, covariances, backSums;

    private struct Workspace
    {
        public Real Size;
        public Real* Sums, Mean, GradientSum, Centred, Weighted, Covariance, Inverse, Affine, Transfer, Quadratic, MapGradient, Row;
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
        if (tape.IsTraining) operation.BatchMoments();
        tape.Pool.For(fields.Length, 1, operation, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.Forward(m, op.tape.Serial(worker));
        });
    }

    private void BatchMoments()
    {
        int width = space.RowWidth, count = fields.Length;
        tape.Pool.For(count, 1, this, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) op.SumRows(op.fields[m], op.work[m]);
        });
        tape.SumOverRanks(sums, count * (width + 1));
        tape.Pool.For(count, 1, this, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.Centre(op.fields[m], ref op.work[m], op.tape.Serial(worker));
        });
        tape.SumOverRanks(covariances, count * width * width);
    }

    public override void Backward()
    {
        p.EnsureGradient();
        tape.Pool.For(fields.Length, 1, this, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.Backward(m, op.tape.Serial(worker));
        });
        tape.SumOverRanks(backSums, fields.Length * BackSumsWidth);
        tape.Pool.For(fields.Length, 1, this, static (op, first, last, worker) =>
        {
            for (var m = first; m < last; m++) op.RowGradient(m, op.tape.Serial(worker));
        });
        for (var m = 0; m < fields.Length; m++)
        {
            var maps = fields[m].Maps;
            if (!maps.NeedsGradient || !target[m].Vectors.HasGradient) continue;
            maps.EnsureGradient();
            VectorKernels.AddScaled(maps.Gradient, 1, work[m].MapGradient, (int)maps.Length);
        }
    }

    private int BackSumsWidth => (space.RowWidth * space.RowWidth) + space.Dim;

    private void Reserve()
    {
        if (work.Length != fields.Length) work = new Workspace[fields.Length];
        int r = space.RowWidth, d = space.Dim, n = space.Slices.Length;
        if (tape.IsTraining)
        {
            sums = tape.NewScratch((long)fields.Length * (r + 1));
            covariances = tape.NewScratch((long)fields.Length * r * r);
            backSums = tape.NewScratch((long)fields.Length * BackSumsWidth);
        }

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
            w.Sums = sums + (m * (r + 1));
            w.Covariance = covariances + (m * r * r);
            w.Transfer = tape.NewScratch(r * d);
            w.Quadratic = backSums + (m * BackSumsWidth);
            w.GradientSum = w.Quadratic + (r * r);
            w.MapGradient = tape.NewScratch((long)space.MapRows * d);
        }
    }

    private void Forward(int m, SerialGemm gemm)
    {
        ref var w = ref work[m];
        var field = fields[m];
        if (tape.IsTraining) BatchStatistics(m, field, w);
        else RunningStatistics(m, field, w);

        Mix(m, field, w);
        Tensor e = field.Source.Vectors, x = target[m].Vectors;
        var affine = View(w.Affine, space.RowWidth, space.Dim);
        if (tape.IsTraining) gemm.Multiply(View(w.Centred, e.Rows, space.RowWidth), affine, x.ValueView);
        else gemm.Multiply(e.ValueView, affine, x.ValueView, bias: w.Mean);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    /// <summary>Σ c_u e_u and Σ c_u.</summary>
    private void SumRows(FieldMixture field, in Workspace w)
    {
        var e = field.Source.Vectors;
        var r = space.RowWidth;
        new Span<Real>(w.Sums, r).Clear();
        for (var u = 0; u < e.Rows; u++) VectorKernels.AddScaled(w.Sums, field.CountOf(u), e.Row(u), r);
        w.Sums[r] = field.Occurrences;
    }

    /// <summary>mean = 1/B Σ c_u e_u; every row less the mean, and that times c_u / B; C = 1/B Σ c_u (e_u − mean)(e_u − mean)ᵀ.</summary>
    private void Centre(FieldMixture field, ref Workspace w, SerialGemm gemm)
    {
        var e = field.Source.Vectors;
        var r = space.RowWidth;
        var size = w.Size = Math.Max(1, w.Sums[r]);
        for (var k = 0; k < r; k++) w.Mean[k] = w.Sums[k] / size;
        for (var u = 0; u < e.Rows; u++)
        {
            ElementKernels.CentreAndScale(e.Row(u), w.Mean, field.CountOf(u) / size, w.Centred + ((long)u * r), w.Weighted + ((long)u * r), r);
        }

        gemm.Multiply(View(w.Weighted, e.Rows, r).Transposed, View(w.Centred, e.Rows, r), View(w.Covariance, r, r));
    }

    /// <summary>Each candidate's variance from the covariance; moves the running statistics.</summary>
    private void BatchStatistics(int m, FieldMixture field, in Workspace w)
    {
        var d = space.Dim;
        for (var n = 0; n < space.Slices.Length; n++)
        {
            var slice = space.SliceOf(m, n);
            var inverse = w.Inverse + (n * d);
            CandidateVariance(field.Maps, slice, w, inverse);
            if (tape.UpdatesStatistics) MoveRunning(field, n, slice, w, inverse, w.Size);
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
        new Span<Real>(w.GradientSum, d).Clear();
        for (var u = 0; u < g.Rows; u++) VectorKernels.AddScaled(w.GradientSum, 1, g.GradientRow(u), d);
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
    private void RowGradient(int m, SerialGemm gemm)
    {
        var (field, g) = (fields[m], target[m].Vectors);
        if (!g.HasGradient || !field.Source.Vectors.NeedsGradient) return;
        ref var w = ref work[m];
        int r = space.RowWidth, d = space.Dim;
        var e = field.Source.Vectors;
        var affine = View(w.Affine, r, d);
        gemm.Multiply(g.GradientView, affine.Transposed, e.GradientView, accumulate: e.BeginGradient());
        for (var k = 0; k < r * r; k++) w.Quadratic[k] *= 2;
        gemm.Multiply(View(w.Weighted, g.Rows, r), View(w.Quadratic, r, r), e.GradientView, accumulate: true);

        // A·mean(g), once for every occurrence of a row.
        var mapped = w.Row;
        for (var k = 0; k < r; k++) mapped[k] = VectorKernels.Dot(w.Affine + (k * d), w.GradientSum, d) / w.Size;
        for (var u = 0; u < g.Rows; u++) VectorKernels.AddScaled(e.GradientRow(u), -field.CountOf(u), mapped, r);
    }
}
