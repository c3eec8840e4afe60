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
/// All of it on the batch's distinct rows: about 4.5·D² multiply-adds a row, whatever the number of candidates. Where the blocks of a field's values
/// have mixtures of their own, they share maps and statistics: only p differs, and so each block has an A and a T. The derivation,
/// with gradients, is in docs/search-layer.md; <see cref="WrittenOutMixture"/> is the same layer written out.
/// The batch is the whole one: where ranks have shares of it, the sums over e, the covariance, Q and the sum of g are added up over them, and the
/// gradients of p and the maps are each rank's contribution, as those of any dense weight.
/// Shapes: E (U, R) distinct rows, C and Q (R, R), A and T (R, D) for each block, s (N, D), x (U, D).
/// </summary>
internal sealed unsafe class CollapsedMixture : Operation
{
    private Tape tape = null!;
    private SearchSpace space = null!;
    private FieldMixture[] fields = null!;
    private FieldVector[] target = null!;
    private Tensor p = null!;
    private Workspace[] work = [];

    /// <summary>Σ c_u e_u and Σ c_u of every field, (M, R + 1); their covariances, (M, R²); Q of every field and Σ g of each of its blocks.</summary>
    private Real* sums, covariances, backSums;

    private struct Workspace
    {
        public Real Size;
        public Real* Sums, Mean, GradientSum, Centred, Weighted, Covariance, Inverse, Affine, Transfer, Quadratic, MapGradient, Row, Constant;

        /// <summary>Of a field in blocks, whose rows are put block by block: the place of each row, where blocks begin and the last ends, and room for the rows' x and gradients in that order.</summary>
        public int* Places, Starts;
        public Real* Placed, PlacedGradient;
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
        tape.SumOverRanks(backSums, BackSumsLength);
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

    private int BackSumsLength => (fields.Length * space.RowWidth * space.RowWidth) + (space.Choices.Count * space.Dim);

    private void Reserve()
    {
        if (work.Length != fields.Length) work = new Workspace[fields.Length];
        int r = space.RowWidth, d = space.Dim, n = space.Slices.Length;
        if (tape.IsTraining)
        {
            sums = tape.NewScratch((long)fields.Length * (r + 1));
            covariances = tape.NewScratch((long)fields.Length * r * r);
            backSums = tape.NewScratch(BackSumsLength);
        }

        for (var m = 0; m < fields.Length; m++)
        {
            var source = fields[m].Source;
            var blocks = fields[m].Choices;
            target[m] = source with { Vectors = tape.NewTensor(source.Vectors.Rows, d) };
            ref var w = ref work[m];
            w.Mean = tape.NewScratch(Math.Max(r, d));
            w.Inverse = tape.NewScratch(n * d);
            w.Affine = tape.NewScratch(blocks * r * d);
            w.Row = tape.NewScratch(Math.Max(r, d));
            w.Starts = (int*)tape.NewScratch(blocks + 1);
            w.Places = null;
            if (blocks > 1)
            {
                w.Places = (int*)tape.NewScratch(source.Vectors.Rows);
                w.Placed = tape.NewScratch((long)source.Vectors.Rows * d);
                if (tape.IsTraining) w.PlacedGradient = tape.NewScratch((long)source.Vectors.Rows * r);
            }

            if (tape.IsTraining || blocks > 1) w.Centred = tape.NewScratch((long)source.Vectors.Rows * r);
            if (!tape.IsTraining)
            {
                w.Constant = tape.NewScratch(blocks * d);
                continue;
            }

            w.Weighted = tape.NewScratch((long)source.Vectors.Rows * r);
            w.Sums = sums + (m * (r + 1));
            w.Covariance = covariances + (m * r * r);
            w.Transfer = tape.NewScratch(blocks * r * d);
            w.Quadratic = backSums + (m * r * r) + (fields[m].FirstChoice * d);
            w.GradientSum = w.Quadratic + (r * r);
            w.MapGradient = tape.NewScratch((long)space.MapRows * d);
        }
    }

    private void Forward(int m, SerialGemm gemm)
    {
        ref var w = ref work[m];
        var field = fields[m];
        if (tape.IsTraining) BatchStatistics(m, field, w);
        else RunningStatistics(field, w);

        Tensor e = field.Source.Vectors, x = target[m].Vectors;
        int r = space.RowWidth, d = space.Dim;
        if (!tape.IsTraining)
        {
            Place(field, w);
            if (w.Places != null) Scatter(w.Places, e.Value, e.Rows, w.Centred, r);
        }

        var rows = tape.IsTraining || w.Places != null ? w.Centred : e.Value;
        var result = w.Places == null ? x.Value : w.Placed;
        for (var block = 0; block < field.Choices; block++)
        {
            Mix(m, block, w);
            gemm.Multiply(View(rows, w, block, r), Affine(w, block), View(result, w, block, d), bias: tape.IsTraining ? null : w.Constant + (block * d));
        }

        if (w.Places == null) return;
        for (var u = 0; u < x.Rows; u++) Copy(w.Placed + ((long)w.Places[u] * d), x.Row(u), d);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    /// <summary>A block's part of numbers that lie block by block.</summary>
    private static MatrixView View(Real* data, in Workspace w, int block, int columns) => View(data + ((long)w.Starts[block] * columns), w.Starts[block + 1] - w.Starts[block], columns);

    private MatrixView Affine(in Workspace w, int block) => View(w.Affine + (block * space.RowWidth * space.Dim), space.RowWidth, space.Dim);

    private static void Copy(Real* source, Real* copy, int count) => new Span<Real>(source, count).CopyTo(new Span<Real>(copy, count));

    private static void Scatter(int* places, Real* source, int rows, Real* placed, int columns)
    {
        for (var u = 0; u < rows; u++) Copy(source + ((long)u * columns), placed + ((long)places[u] * columns), columns);
    }

    /// <summary>Where each row lies, block by block, within a block in the rows' order.</summary>
    private static void Place(FieldMixture field, in Workspace w)
    {
        var (rows, blocks) = (field.Source.Vectors.Rows, field.Choices);
        new Span<int>(w.Starts, blocks + 1).Clear();
        if (w.Places == null)
        {
            w.Starts[1] = rows;
            return;
        }

        // Counted one place late, so that placing each block's rows from there on leaves every start where it belongs.
        for (var u = 0; u < rows; u++)
        {
            var block = field.ChoiceOf(u) - field.FirstChoice;
            if (block + 2 <= blocks) w.Starts[block + 2]++;
        }

        for (var block = 2; block <= blocks; block++) w.Starts[block] += w.Starts[block - 1];
        for (var u = 0; u < rows; u++) w.Places[u] = w.Starts[field.ChoiceOf(u) - field.FirstChoice + 1]++;
    }

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
        Place(field, w);
        for (var u = 0; u < e.Rows; u++)
        {
            var place = (long)(w.Places == null ? u : w.Places[u]) * r;
            ElementKernels.CentreAndScale(e.Row(u), w.Mean, field.CountOf(u) / size, w.Centred + place, w.Weighted + place, r);
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
    private void RunningStatistics(FieldMixture field, in Workspace w)
    {
        var d = space.Dim;
        new Span<Real>(w.Constant, field.Choices * d).Clear();
        for (var n = 0; n < space.Slices.Length; n++)
        {
            for (var j = 0; j < d; j++)
            {
                var inverse = 1 / Real.Sqrt(field.RunningVariance.Row(n)[j] + (Real)FieldMixture.Epsilon);
                w.Inverse[(n * d) + j] = inverse;
                for (var block = 0; block < field.Choices; block++) w.Constant[(block * d) + j] -= p.Row(field.FirstChoice + block)[n] * inverse * field.RunningMean.Row(n)[j];
            }
        }
    }

    /// <summary>A = Σ_n p_n W_n diag(s_n), each candidate in its rows.</summary>
    private void Mix(int m, int block, in Workspace w)
    {
        var (field, d, affine) = (fields[m], space.Dim, Affine(w, block));
        new Span<Real>(affine.Data, space.RowWidth * d).Clear();
        for (var n = 0; n < space.Slices.Length; n++)
        {
            var slice = space.SliceOf(m, n);
            var weight = p.Row(field.FirstChoice + block)[n];
            for (var j = 0; j < d; j++) w.Row[j] = weight * w.Inverse[(n * d) + j];
            for (var k = 0; k < slice.Dim; k++)
            {
                ElementKernels.AddProduct(affine.Data + ((slice.Start + k) * d), w.Row, field.Maps.Row(slice.MapStart + k), d);
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
        if (w.Places != null) Scatter(w.Places, g.Gradient, g.Rows, w.Placed, d);
        new Span<Real>(w.GradientSum, field.Choices * d).Clear();
        for (var block = 0; block < field.Choices; block++)
        {
            var gradient = Gradient(m, block);
            if (gradient.Rows == 0) new Span<Real>(w.Transfer + (block * r * d), r * d).Clear();
            else gemm.Multiply(View(w.Centred, w, block, r).Transposed, gradient, View(w.Transfer + (block * r * d), r, d));
            for (var u = 0; u < gradient.Rows; u++) VectorKernels.AddScaled(w.GradientSum + (block * d), 1, gradient.Data + ((long)u * d), d);
        }

        new Span<Real>(w.Quadratic, r * r).Clear();
        new Span<Real>(w.MapGradient, space.MapRows * d).Clear();
        for (var n = 0; n < space.Slices.Length; n++) CandidateGradient(m, n, field, w);
    }

    /// <summary>The gradients of a block's rows.</summary>
    private MatrixView Gradient(int m, int block) => View(work[m].Places == null ? target[m].Vectors.Gradient : work[m].Placed, work[m], block, space.Dim);

    /// <summary>
    /// dL/dp_n = ⟨T, W_n diag(s)⟩; dL/dvar_j = −½ s_j³ p_n Σ_k T_kj w_kj;
    /// dL/dW_n = p_n T diag(s) + 2 C W_n diag(dvar); Q += W_n diag(dvar) W_nᵀ. Of several blocks the first is each one's own, and p_n T their sum.
    /// </summary>
    private void CandidateGradient(int m, int n, FieldMixture field, in Workspace w)
    {
        var slice = space.SliceOf(m, n);
        if (slice.Dim == 0) return;
        int r = space.RowWidth, d = space.Dim;
        Real* inverse = w.Inverse + (n * d), dVariance = w.Mean;
        new Span<Real>(dVariance, d).Clear();
        var isMixed = false;
        for (var block = 0; block < field.Choices; block++)
        {
            var choice = field.FirstChoice + block;
            var transfer = w.Transfer + (((block * r) + slice.Start) * d);
            new Span<Real>(w.Row, d).Clear();
            for (var k = 0; k < slice.Dim; k++) ElementKernels.AddProduct(w.Row, transfer + (k * d), field.Maps.Row(slice.MapStart + k), d);
            p.GradientRow(choice)[n] += VectorKernels.Dot(w.Row, inverse, d);
            var weight = p.Row(choice)[n];
            if (weight == 0) continue;
            isMixed = true;
            VectorKernels.AddScaled(dVariance, weight, w.Row, d);
            for (var k = 0; k < slice.Dim; k++) VectorKernels.AddScaled(w.MapGradient + ((long)(slice.MapStart + k) * d), weight, transfer + (k * d), d);
        }

        if (!isMixed || !(field.Maps.NeedsGradient || field.Source.Vectors.NeedsGradient)) return;
        for (var j = 0; j < d; j++) dVariance[j] *= (Real)(-0.5) * inverse[j] * inverse[j] * inverse[j];
        for (var k = 0; k < slice.Dim; k++)
        {
            Real* map = field.Maps.Row(slice.MapStart + k), gradient = w.MapGradient + ((long)(slice.MapStart + k) * d);
            CovarianceTimesMap(field.Maps, slice, w, k, w.Row);
            for (var j = 0; j < d; j++)
            {
                gradient[j] = (gradient[j] * inverse[j]) + (2 * w.Row[j] * dVariance[j]);
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
        var adds = w.Places == null && e.BeginGradient();
        var rows = w.Places == null ? e.Gradient : w.PlacedGradient;
        for (var block = 0; block < field.Choices; block++) gemm.Multiply(Gradient(m, block), Affine(w, block).Transposed, View(rows, w, block, r), accumulate: adds);
        for (var k = 0; k < r * r; k++) w.Quadratic[k] *= 2;
        gemm.Multiply(View(w.Weighted, g.Rows, r), View(w.Quadratic, r, r), View(rows, g.Rows, r), accumulate: true);
        if (w.Places != null)
        {
            e.EnsureGradient();
            for (var u = 0; u < g.Rows; u++) VectorKernels.AddScaled(e.GradientRow(u), 1, rows + ((long)w.Places[u] * r), r);
        }

        // A·mean(g), once for every occurrence of a row.
        var mapped = w.Row;
        for (var k = 0; k < r; k++)
        {
            mapped[k] = 0;
            for (var block = 0; block < field.Choices; block++) mapped[k] += VectorKernels.Dot(w.Affine + (((block * r) + k) * d), w.GradientSum + (block * d), d);
            mapped[k] /= w.Size;
        }

        for (var u = 0; u < g.Rows; u++) VectorKernels.AddScaled(e.GradientRow(u), -field.CountOf(u), mapped, r);
    }
}
