using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// The mixture of candidates exactly as the paper writes it, occurrence by occurrence: z_n = e[:d_n]·W_n, ẑ_n = (z_n − μ)/√(σ² + ε)
/// over the batch, x = Σ_n p_n ẑ_n. N maps and N BatchNorms a field: the oracle for <see cref="CollapsedMixture"/>, and slow.
/// Shapes: e (B, R), z_n and x (B, D), where B counts a field's entries: the samples', then its sequences'.
/// </summary>
internal sealed unsafe class WrittenOutMixture : Operation
{
    private Tape tape = null!;
    private SearchSpace space = null!;
    private FieldMixture[] fields = null!;
    private FieldVector[] target = null!;
    private Tensor p = null!;
    private Tensor[] normalised = [];
    private Tensor[] inverse = [];

    public static void Apply(Tape tape, SearchSpace space, FieldMixture[] fields, Tensor p, FieldVector[] target)
    {
        var operation = tape.Record<WrittenOutMixture>();
        operation.tape = tape;
        operation.space = space;
        operation.fields = fields;
        operation.target = target;
        operation.p = p;
        var candidates = space.Slices.Length;
        if (operation.normalised.Length != fields.Length * candidates)
        {
            operation.normalised = new Tensor[fields.Length * candidates];
            operation.inverse = new Tensor[fields.Length];
        }

        for (var m = 0; m < fields.Length; m++)
        {
            var entries = fields[m].Occurrences;
            target[m] = new FieldVector(fields[m].Source.Field, tape.NewTensor(entries, space.Dim), 0);
            operation.inverse[m] = tape.NewConstant(candidates, space.Dim);
            for (var n = 0; n < candidates; n++) operation.normalised[(m * candidates) + n] = tape.NewConstant(entries, space.Dim);
        }

        tape.Pool.For(fields.Length, 1, operation, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) op.Forward(m);
        });
    }

    public override void Backward()
    {
        p.EnsureGradient();
        for (var m = 0; m < fields.Length; m++)
        {
            if (!target[m].Vectors.HasGradient) continue;
            if (fields[m].Maps.NeedsGradient) fields[m].Maps.EnsureGradient();
            fields[m].Source.Vectors.EnsureGradient();
            for (var n = 0; n < space.Slices.Length; n++) Backward(m, n);
        }
    }

    private void Forward(int m)
    {
        var x = target[m].Vectors;
        new Span<Real>(x.Value, checked((int)x.Length)).Clear();
        for (var n = 0; n < space.Slices.Length; n++)
        {
            var z = normalised[(m * space.Slices.Length) + n];
            Unify(m, n, z);
            Normalise(m, n, z);
            for (var i = 0; i < x.Rows; i++) VectorKernels.AddScaled(x.Row(i), WeightOf(m, n, i), z.Row(i), x.Columns);
        }
    }

    /// <summary>p_n of the field's mixture, or of the mixture of the block that an entry's value is in.</summary>
    private Real WeightOf(int m, int n, int entry) => p.Row(ChoiceOf(m, entry))[n];

    private int ChoiceOf(int m, int entry) => fields[m].ChoiceOf(fields[m].Source.RowOf(entry));

    private void Unify(int m, int n, Tensor z)
    {
        var slice = space.SliceOf(m, n);
        for (var sample = 0; sample < z.Rows; sample++)
        {
            var e = fields[m].Source.Vectors.Row(fields[m].Source.RowOf(sample));
            for (var j = 0; j < z.Columns; j++)
            {
                Real sum = 0;
                for (var k = 0; k < slice.Dim; k++) sum += e[slice.Start + k] * fields[m].Maps.Row(slice.MapStart + k)[j];
                z.Row(sample)[j] = sum;
            }
        }
    }

    private void Normalise(int m, int n, Tensor z)
    {
        Real* runningMean = fields[m].RunningMean.Row(n), runningVariance = fields[m].RunningVariance.Row(n);
        for (var j = 0; j < z.Columns; j++)
        {
            Real mean = runningMean[j], variance = runningVariance[j];
            if (tape.IsTraining)
            {
                mean = variance = 0;
                for (var i = 0; i < z.Rows; i++) mean += z.Row(i)[j];
                mean /= z.Rows;
                for (var i = 0; i < z.Rows; i++) variance += (z.Row(i)[j] - mean) * (z.Row(i)[j] - mean);
                if (tape.UpdatesStatistics)
                {
                    runningMean[j] += (Real)FieldMixture.Momentum * (mean - runningMean[j]);
                    runningVariance[j] += (Real)FieldMixture.Momentum * ((variance / Math.Max(1, z.Rows - 1)) - runningVariance[j]);
                }

                variance /= z.Rows;
            }

            var scale = 1 / Real.Sqrt(variance + (Real)FieldMixture.Epsilon);
            inverse[m].Row(n)[j] = scale;
            for (var i = 0; i < z.Rows; i++) z.Row(i)[j] = (z.Row(i)[j] - mean) * scale;
        }
    }

    /// <summary>BatchNorm's backward: dz = s (dẑ − mean(dẑ) − ẑ·mean(dẑ ⊙ ẑ)), with dẑ = p_n dx.</summary>
    private void Backward(int m, int n)
    {
        var slice = space.SliceOf(m, n);
        var z = normalised[(m * space.Slices.Length) + n];
        var dx = target[m].Vectors;
        var source = fields[m].Source;
        var maps = fields[m].Maps;
        for (var j = 0; j < z.Columns; j++)
        {
            Real sum = 0, product = 0;
            for (var i = 0; i < z.Rows; i++)
            {
                var (dp, weight) = (dx.GradientRow(i)[j] * z.Row(i)[j], WeightOf(m, n, i));
                p.GradientRow(ChoiceOf(m, i))[n] += dp;
                sum += weight * dx.GradientRow(i)[j];
                product += weight * dp;
            }

            for (var i = 0; i < z.Rows; i++)
            {
                var dz = inverse[m].Row(n)[j] * ((WeightOf(m, n, i) * dx.GradientRow(i)[j]) - (sum / z.Rows) - (z.Row(i)[j] * product / z.Rows));
                Real* e = source.Vectors.Row(source.RowOf(i)), de = source.Vectors.GradientRow(source.RowOf(i));
                for (var k = 0; k < slice.Dim; k++)
                {
                    de[slice.Start + k] += dz * maps.Row(slice.MapStart + k)[j];
                    if (maps.NeedsGradient) maps.GradientRow(slice.MapStart + k)[j] += dz * e[slice.Start + k];
                }
            }
        }
    }
}
