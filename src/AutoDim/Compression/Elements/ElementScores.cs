using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Compression.Elements;

/// <summary>
/// How much every number of every field's vectors is worth, 0 or more. A plan keeps those above one threshold, the lowest that its bytes allow:
/// some of a field's numbers, all of them where the bitmaps would cost more than they save, or none.
/// </summary>
internal sealed unsafe class ElementScores : IDisposable
{
    private const int Infinity = 0x7F80_0000;

    private readonly IReadOnlyList<Field> fields;
    private readonly int dim;
    private readonly NativeBuffer<Real>[] scores;

    /// <param name="dim">Numbers of each vector, of all fields.</param>
    public ElementScores(IReadOnlyList<Field> fields, int dim)
    {
        (this.fields, this.dim) = (fields, dim);
        scores = [.. fields.Select(field => new NativeBuffer<Real>(checked(field.Rows * dim)))];
    }

    /// <summary>Every field's scores, row after row.</summary>
    public IReadOnlyList<NativeBuffer<Real>> Fields => scores;

    /// <summary>Fills in the score of every number.</summary>
    /// <param name="score">Of a field's row: reads d numbers there and writes as many scores.</param>
    public static ElementScores Of(MethodContext context, Func<int, EmbeddingTable> table, RowScore score)
    {
        var made = new ElementScores(context.Fields, context.FullDim);
        for (var m = 0; m < context.Fields.Count; m++)
        {
            var numbers = table(m);
            for (var row = 0L; row < numbers.Rows; row++) score(m, row, numbers.Row(row), made.Row(m, row));
        }

        return made;
    }

    public delegate void RowScore(int field, long row, Real* numbers, Real* scores);

    public Real* Row(int field, long row) => scores[field].Pointer + (row * dim);

    /// <summary>The plan that keeps the most within a request's bytes; null where nothing can be kept.</summary>
    public EmbeddingPlan? Within(MethodContext context, PlanRequest request)
    {
        var whole = EmbeddingPlan.Uniform(fields, dim).Stored(request.Storage);
        if (context.Fits(whole, request)) return whole;

        // Numbers that are not negative are ordered as their bits are, so that halving these finds the threshold exactly.
        var (exceeds, fits) = (-1, Infinity);
        while (fits - exceeds > 1)
        {
            var middle = exceeds + ((fits - exceeds) / 2);
            if (context.Bytes(Above(middle, request, null)) <= request.Budget) fits = middle;
            else exceeds = middle;
        }

        return context.Fits(Above(fits, request, null), request) ? Above(fits, request, context.KeepMask) : null;
    }

    public void Dispose() => Array.ForEach(scores, buffer => buffer.Dispose());

    /// <summary>The plan of a threshold.</summary>
    /// <param name="keep">Where masks go; null: they are not made, and the plan tells its bytes alone.</param>
    private EmbeddingPlan Above(int threshold, PlanRequest request, Action<RowMask>? keep)
    {
        var (dims, forms) = (new int[fields.Count], new RowForm?[fields.Count]);
        for (var m = 0; m < dims.Length; m++)
        {
            var counts = CountAbove(m, threshold);
            dims[m] = counts.Kept > 0 ? dim : 0;
            var field = m;
            forms[m] = KeptForms.Of(fields[m], dim, request.Storage, counts, (row, k) => IsAbove(Row(field, row)[k], threshold), keep);
        }

        // Vectors have the one dimension or none, so no field has a map and the projection does not matter.
        return EmbeddingPlan.Of(fields, dims, forms: forms).Stored(request.Storage);
    }

    private static bool IsAbove(Real score, int threshold) => BitConverter.SingleToInt32Bits((float)score) > threshold;

    private KeptCounts CountAbove(int field, int threshold)
    {
        var counts = default(KeptCounts);
        for (var row = 0L; row < fields[field].Rows; row++)
        {
            var numbers = Row(field, row);
            var kept = 0;
            for (var k = 0; k < dim; k++) kept += IsAbove(numbers[k], threshold) ? 1 : 0;
            counts = counts.With(kept);
        }

        return counts;
    }
}
