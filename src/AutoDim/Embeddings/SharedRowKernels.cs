using System.Numerics;
using System.Runtime.CompilerServices;

namespace AutoDim.Embeddings;

/// <summary>
/// Moves between samples and the distinct rows of shared fields, for one block of columns: a sample's sum over its rows, and a
/// sample's gradient added to each of its rows. A block is (SharedRows, 32), of which the first <c>width</c> columns count;
/// y is (B, width) with lines a stride apart. Four vectors of the machine's width at a time, then single ones, then the rest.
/// </summary>
internal static unsafe class SharedRowKernels
{
    public const int Columns = 32;

    private static int Width => Vector<Real>.Count;

    /// <summary>y_b = Σ over fields of block[row of b], or y_b + Σ, with ReLU where asked.</summary>
    public static void Gather(ReadOnlySpan<FieldPart> fields, Real* block, Real* y, int stride, int samples, int width, bool accumulate = false, bool relu = false)
    {
        var floor = new Vector<Real>(relu ? 0 : Real.NegativeInfinity);
        for (var sample = 0; sample < samples; sample++, y += stride)
        {
            var c = 0;
            for (; c <= width - (4 * Width); c += 4 * Width)
            {
                Vector<Real> a0 = default, a1 = default, a2 = default, a3 = default;
                if (accumulate) (a0, a1, a2, a3) = (Vector.Load(y + c), Vector.Load(y + c + Width), Vector.Load(y + c + (2 * Width)), Vector.Load(y + c + (3 * Width)));
                foreach (ref readonly var field in fields)
                {
                    var row = Row(field, block, sample) + c;
                    a0 += Vector.Load(row);
                    a1 += Vector.Load(row + Width);
                    a2 += Vector.Load(row + (2 * Width));
                    a3 += Vector.Load(row + (3 * Width));
                }

                Vector.Max(floor, a0).Store(y + c);
                Vector.Max(floor, a1).Store(y + c + Width);
                Vector.Max(floor, a2).Store(y + c + (2 * Width));
                Vector.Max(floor, a3).Store(y + c + (3 * Width));
            }

            for (; c <= width - Width; c += Width)
            {
                var sum = accumulate ? Vector.Load(y + c) : default;
                foreach (ref readonly var field in fields) sum += Vector.Load(Row(field, block, sample) + c);
                Vector.Max(floor, sum).Store(y + c);
            }

            for (; c < width; c++)
            {
                var sum = accumulate ? y[c] : 0;
                foreach (ref readonly var field in fields) sum += Row(field, block, sample)[c];
                y[c] = Real.Max(floor[0], sum);
            }
        }
    }

    /// <summary>block[row of b] += y_b for every field, sample after sample: the order of additions is the batch's.</summary>
    public static void ScatterAdd(ReadOnlySpan<FieldPart> fields, Real* y, int stride, int samples, Real* block, int width)
    {
        for (var sample = 0; sample < samples; sample++, y += stride)
        {
            var c = 0;
            for (; c <= width - (4 * Width); c += 4 * Width)
            {
                Vector<Real> g0 = Vector.Load(y + c), g1 = Vector.Load(y + c + Width), g2 = Vector.Load(y + c + (2 * Width)), g3 = Vector.Load(y + c + (3 * Width));
                foreach (ref readonly var field in fields)
                {
                    var row = Row(field, block, sample) + c;
                    (Vector.Load(row) + g0).Store(row);
                    (Vector.Load(row + Width) + g1).Store(row + Width);
                    (Vector.Load(row + (2 * Width)) + g2).Store(row + (2 * Width));
                    (Vector.Load(row + (3 * Width)) + g3).Store(row + (3 * Width));
                }
            }

            for (; c <= width - Width; c += Width)
            {
                foreach (ref readonly var field in fields)
                {
                    var row = Row(field, block, sample) + c;
                    (Vector.Load(row) + Vector.Load(y + c)).Store(row);
                }
            }

            for (; c < width; c++)
            {
                foreach (ref readonly var field in fields) Row(field, block, sample)[c] += y[c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Real* Row(in FieldPart field, Real* block, int sample) => block + ((long)(field.Offset + field.Source.RowOf(sample)) * Columns);
}
