using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>
/// Each field its own dimension, minimal count and storage, chosen together: like <see cref="MeasuredMethod"/>, and what a storage costs a field is measured too. A request's storage is the coarsest
/// that a field may have. The plan of that storage alone is trained as well, and the better of the two on validation is the answer, so that mixing is never worse there.
/// </summary>
internal sealed class MixedMethod(MethodContext context) : ICompressionMethod
{
    /// <summary>From fine to coarse.</summary>
    private static readonly RowStorage[] Storages = [RowStorage.Float32, RowStorage.Float16, RowStorage.Float8, RowStorage.Int8, RowStorage.Int4, RowStorage.Int3, RowStorage.Int2];

    private readonly MeasuredMethod measured = new(context, folds: true, storages: Storages);

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var among = Storages[..(Array.IndexOf(Storages, request.Storage) + 1)];
        EmbeddingPlan[] plans = [.. new[] { measured.Plan(request, [request.Storage]), measured.Plan(request, among) }
            .OfType<EmbeddingPlan>().DistinctBy(plan => string.Join(' ', plan.Fields))];
        return plans.Length < 2 ? plans.SingleOrDefault() : plans.MaxBy(context.Try);
    }
}
