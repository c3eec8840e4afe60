using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>Dimensions from a score of every column of every field's table: the best columns stay.</summary>
internal static class ColumnScores
{
    /// <summary>Takes columns by descending score, as long as they fit; null where not one does.</summary>
    /// <param name="scores">Per field, of each of its columns.</param>
    public static EmbeddingPlan? Best(MethodContext context, PlanRequest request, IReadOnlyList<double[]> scores)
    {
        var dims = new int[context.Fields.Count];
        var columns = scores.SelectMany((list, m) => list.Select(score => (Field: m, Score: score))).OrderByDescending(column => column.Score);
        foreach (var (m, _) in columns)
        {
            dims[m]++;
            if (!context.Fits(context.Plan(dims, request), request)) dims[m]--;
        }

        return dims.Any(dim => dim > 0) ? context.Plan(dims, request) : null;
    }
}
