using AutoDim.Compression.Elements;
using AutoDim.Embeddings;

namespace AutoDim.Compression.Pep;

/// <summary>
/// PEP (Liu et al., ICLR 2021): soft thresholds that are learnt with the model decide which numbers stay; then the model is trained anew from its first
/// start under their mask. A budget takes the numbers that were alive when they last fitted.
/// </summary>
internal sealed class PepMethod(MethodContext context) : ICompressionMethod
{
    private readonly Lazy<ElementScores> scores = new(() =>
    {
        var made = new ElementScores(context.Fields, context.FullDim);
        using var search = new PepSearch(context, made);
        search.Run();
        return made;
    });

    public EmbeddingPlan? Plan(PlanRequest request) => scores.Value.Within(context, request);
}
