using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>Moves between a field's vectors, one per distinct row, and a field's columns of a matrix with one row per sample.</summary>
internal static unsafe class FieldRows
{
    /// <summary>Copies the vectors of samples [first, last) to lines <paramref name="stride"/> apart, from <paramref name="target"/> on.</summary>
    public static void Gather(in FieldVector field, Real* target, int stride, int first, int last)
    {
        var bytes = field.Dim * sizeof(Real);
        for (var sample = first; sample < last; sample++, target += stride) Buffer.MemoryCopy(field.Vectors.Row(field.RowOf(sample)), target, bytes, bytes);
    }

    /// <summary>Adds each sample's line to its row's gradient, sample after sample: the order of additions is the batch's.</summary>
    public static void ScatterAdd(in FieldVector field, Real* source, int stride, int samples)
    {
        if (!field.Vectors.NeedsGradient) return;
        field.Vectors.EnsureGradient();
        for (var sample = 0; sample < samples; sample++, source += stride)
        {
            VectorKernels.AddScaled(field.Vectors.GradientRow(field.RowOf(sample)), 1, source, field.Dim);
        }
    }
}
