using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>
/// Each field its own dimension, minimal count and storage, chosen together: like <see cref="MeasuredMethod"/>, and what a storage costs a field is measured too. A request's storage is the coarsest
/// that a field may have. The plan of that storage alone is trained as well, and the better of the two on validation is the answer, so that mixing is never worse there.
/// </summary>
/// <param name="rounds">Whether plans are trained on with rows rounded to their storage, as by <see cref="RoundedMethod"/>.</param>
internal sealed class MixedMethod(MethodContext context, bool rounds) : ICompressionMethod
{
    /// <summary>Of what rounding rows costs after training, the share that is left where training knows of it: .0006 of .0030 AUC with two bits on frappe (docs/compression.md).</summary>
    private const double LeftByTraining = 0.2;

    /// <summary>From fine to coarse.</summary>
    private static readonly RowStorage[] Storages = [RowStorage.Float32, RowStorage.Float16, RowStorage.Float8, RowStorage.Int8, RowStorage.Int4, RowStorage.Int2];

    private readonly MeasuredMethod measured = new(context, folds: true, Storages, rounds ? LeftByTraining : 1);

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var among = Storages[..(Array.IndexOf(Storages, request.Storage) + 1)];
        EmbeddingPlan[] plans = [.. new[] { measured.Plan(request, [request.Storage]), measured.Plan(request, among) }
            .OfType<EmbeddingPlan>().Select(plan => rounds ? plan.Rounded : plan).DistinctBy(plan => string.Join(' ', plan.Fields))];
        return plans.Length < 2 ? plans.SingleOrDefault() : plans.MaxBy(context.Try);
    }
}
