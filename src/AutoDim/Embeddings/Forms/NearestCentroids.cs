using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Each group of a query replaced by its nearest centroid (DPQ-VQ, Chen et al., ICML 2020, section 2.3): queries (U, d), centroids (K, d) → (U, d). Training
/// alone: the gradient goes straight through to the query; the centroid has that of ‖c − query‖², the mean over a batch's numbers, whatever the loss.
/// </summary>
internal sealed unsafe class NearestCentroids : Operation
{
    private const int RowsPerChunk = 16;

    private Tensor queries = null!, centroids = null!, target = null!;
    private VectorGroups groups;
    private DistinctRows rows = null!;
    private Func<long, int> limit = null!;
    private Real* codes;

    /// <param name="rows">Of the queries.</param>
    /// <param name="limit">How many centroids a row may choose among.</param>
    public static Tensor Apply(Tape tape, Tensor queries, Tensor centroids, VectorGroups groups, DistinctRows rows, Func<long, int> limit)
    {
        var operation = tape.Record<NearestCentroids>();
        operation.queries = queries;
        operation.centroids = centroids;
        operation.groups = groups;
        operation.rows = rows;
        operation.limit = limit;
        operation.codes = tape.NewScratch((long)queries.Rows * groups.Count);
        operation.target = tape.NewTensor(queries.Rows, queries.Columns);
        tape.Pool.For(queries.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.target;
    }

    /// <summary>The centroid of least squared distance, the first of equals, among the first of them up to a limit.</summary>
    public static int Nearest(Real* query, Tensor centroids, VectorGroups groups, int group, int limit)
    {
        var (first, length) = (groups.First(group), groups.Length(group));
        var (best, least) = (0, Real.PositiveInfinity);
        for (var k = 0; k < limit; k++)
        {
            var centroid = centroids.Row(k) + first;
            Real distance = 0;
            for (var i = 0; i < length; i++) distance += (query[first + i] - centroid[i]) * (query[first + i] - centroid[i]);
            if (distance < least) (best, least) = (k, distance);
        }

        return best;
    }

    public override void Backward()
    {
        if (!target.HasGradient) return;
        if (queries.NeedsGradient)
        {
            queries.EnsureGradient();
            VectorKernels.AddScaled(queries.Gradient, 1, target.Gradient, (int)target.Length);
        }

        if (!centroids.NeedsGradient) return;
        centroids.EnsureGradient();
        var mean = 2.0 / ((double)rows.Entries * groups.Dim);
        for (var u = 0; u < queries.Rows; u++)
        {
            var weight = (Real)(mean * rows.Counts[u]);
            for (var g = 0; g < groups.Count; g++)
            {
                var (code, first) = ((int)codes[(u * groups.Count) + g], groups.First(g));
                ElementKernels.AddScaledDifference(centroids.GradientRow(code) + first, weight, centroids.Row(code) + first, queries.Row(u) + first, groups.Length(g));
            }
        }
    }

    private void Forward(int first, int last)
    {
        for (var u = first; u < last; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                var code = Nearest(queries.Row(u), centroids, groups, g, limit(rows.Rows[u]));
                codes[(u * groups.Count) + g] = code;
                var bytes = groups.Length(g) * sizeof(Real);
                Buffer.MemoryCopy(centroids.Row(code) + groups.First(g), target.Row(u) + groups.First(g), bytes, bytes);
            }
        }
    }
}
