using AutoDim.Embeddings;
using AutoDim.Search;

namespace AutoDim.Compression;

/// <summary>
/// Dimensions by the spectrum of the trained full tables: what a field loses with d dimensions is the squared error that their best
/// approximation leaves an occurrence with (weighted SVD; the idea of field dimension optimisation in GDCN, Wang et al., CIKM 2023).
/// One training gives a plan for every budget; a field may be dropped.
/// </summary>
internal sealed class SpectralMethod(MethodContext context) : ICompressionMethod
{
    private readonly Lazy<FieldBasis[]> bases = new(() =>
    {
        using var model = context.LoadFull();
        return [.. context.Fields.Select((field, m) => FieldBasis.Of(model.VectorTable(field.Name), context.Counts[m]))];
    });

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var options = context.Fields.Select((field, m) => Enumerable.Range(0, (int)Math.Min(field.Rows, context.FullDim) + 1)
            .Select(dim => new FieldOption(dim, bases.Value[m].Error(dim), request.Storage)).ToArray());
        return LeastLossPlan.Within([.. options], context.Fields, context.LinearRow, request.Budget, request.Projection);
    }
}
