using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>Products of a field's few distinct rows with its small map. E is (U, d), W is (d, D), V is (U, D); W has leading dimension D.</summary>
internal static unsafe class RowMap
{
    /// <summary>V = E·W + bias; bias may be null for none.</summary>
    public static void Multiply(Real* e, int eStride, Real* weight, Real* bias, Real* v, int rows, int d, int width)
    {
        for (var u = 0; u < rows; u++)
        {
            Real* target = v + ((long)u * width), source = e + ((long)u * eStride);
            if (bias == null) new Span<Real>(target, width).Clear();
            else new ReadOnlySpan<Real>(bias, width).CopyTo(new Span<Real>(target, width));
            for (var k = 0; k < d; k++) VectorKernels.AddScaled(target, source[k], weight + ((long)k * width), width);
        }
    }

    /// <summary>dE += dV·Wᵀ.</summary>
    public static void AddInputGradient(Real* dv, Real* weight, Real* de, int deStride, int rows, int d, int width)
    {
        for (var u = 0; u < rows; u++)
        {
            Real* target = de + ((long)u * deStride), source = dv + ((long)u * width);
            for (var k = 0; k < d; k++) target[k] += VectorKernels.Dot(source, weight + ((long)k * width), width);
        }
    }

    /// <summary>dW += Eᵀ·dV.</summary>
    public static void AddWeightGradient(Real* e, int eStride, Real* dv, Real* dWeight, int rows, int d, int width)
    {
        for (var u = 0; u < rows; u++)
        {
            Real* source = dv + ((long)u * width), row = e + ((long)u * eStride);
            for (var k = 0; k < d; k++) VectorKernels.AddScaled(dWeight + ((long)k * width), row[k], source, width);
        }
    }
}
