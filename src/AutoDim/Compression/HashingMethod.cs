using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// The hashing trick (Weinberger et al., ICML 2009): every field keeps its full dimension and the same share of its rows, which its values share by
/// chance; the largest share that fits.
/// </summary>
internal sealed class HashingMethod(MethodContext context) : ICompressionMethod
{
    private const int Halvings = 30;

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        if (Plan(request, 1) is var whole && context.Fits(whole, request)) return whole;
        var (fits, exceeds) = (0.0, 1.0);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (fits + exceeds) / 2;
            if (context.Fits(Plan(request, middle), request)) fits = middle;
            else exceeds = middle;
        }

        return Plan(request, fits) is var plan && context.Fits(plan, request) ? plan : null;
    }

    private EmbeddingPlan Plan(PlanRequest request, double share)
    {
        RowForm?[] forms = [.. context.Fields.Select(field => Math.Max(1, (long)(share * field.Rows)) is var size && size < field.Rows ? new HashForm(size) : null)];
        return EmbeddingPlan.Of(context.Fields, context.Fields.Select(_ => context.FullDim), forms: forms).Stored(request.Storage) with { Projection = request.Projection };
    }
}
