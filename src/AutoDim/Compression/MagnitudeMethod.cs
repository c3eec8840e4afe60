using AutoDim.Compression.Elements;
using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>
/// Magnitude pruning number by number (Han et al., NeurIPS 2015): of the trained full tables the numbers of largest size stay, wherever they are, and the model is
/// trained anew, from its first start, with the others at zero.
/// </summary>
internal sealed class MagnitudeMethod(MethodContext context) : ICompressionMethod
{
    private readonly Lazy<ElementScores> scores = new(() => Magnitudes(context));

    public EmbeddingPlan? Plan(PlanRequest request) => scores.Value.Within(context, request);

    private static unsafe ElementScores Magnitudes(MethodContext context)
    {
        using var model = context.LoadFull();
        return ElementScores.Of(context, m => model.VectorTable(context.Fields[m].Name), (_, _, numbers, scores) =>
        {
            for (var k = 0; k < context.FullDim; k++) scores[k] = Real.Abs(numbers[k]);
        });
    }
}
