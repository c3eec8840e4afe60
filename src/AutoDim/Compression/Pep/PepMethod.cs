using AutoDim.Embeddings;

namespace AutoDim.Compression.Pep;

/// <summary>
/// PEP (Liu et al., ICLR 2021): soft thresholds that are learnt with the model decide which numbers stay; then the model is trained anew from its first
/// start under their mask. A budget takes the numbers that were alive when they last fitted.
/// </summary>
internal sealed class PepMethod : ICompressionMethod
{
    private readonly MethodContext context;
    private readonly Lazy<PepSearch> search;

    public PepMethod(MethodContext context)
    {
        this.context = context;
        search = new Lazy<PepSearch>(() =>
        {
            var made = new PepSearch(context);
            made.Run();
            return made;
        });
    }

    public EmbeddingPlan? Plan(PlanRequest request) => search.Value.Scores.Within(context, request);
}
