using AutoDim.Compression.Elements;
using AutoDim.Embeddings;

namespace AutoDim.Compression.AutoSrh;

/// <summary>AutoSrh (Cheng et al., TKDE 2023): gates of blocks of values, learnt on validation, weigh the trained numbers; those of largest |e·α| stay, and the model is trained anew under their mask.</summary>
internal sealed class AutoSrhMethod(MethodContext context) : ICompressionMethod
{
    private readonly Lazy<ElementScores> scores = new(() =>
    {
        using var search = new AutoSrhSearch(context);
        search.Run();
        return search.Scores(context);
    });

    public EmbeddingPlan? Plan(PlanRequest request) => scores.Value.Within(context, request);
}
