using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>
/// The most probable plan within a number of bytes, by a Lagrange multiplier: what maximises Σ ln p − price · bytes, at the lowest price of a byte that fits. Exact for the relaxed problem, in
/// which a choice may be taken in part.
/// </summary>
internal static class PricedPlan
{
    private const int Halvings = 60;

    /// <summary>Prices, in ln p a byte, of which the one changes nothing and the other leaves the least.</summary>
    private const double LeastPrice = 1e-12, LargestPrice = 1e12;

    /// <param name="plan">Of a price, which takes no more bytes for a higher one; and where its masks go, null where they are not to be made.</param>
    public static EmbeddingPlan? Within(MethodContext context, PlanRequest request, Func<double, Action<RowMask>?, EmbeddingPlan> plan)
    {
        if (context.Fits(plan(0, null), request)) return plan(0, context.KeepMask);
        var (exceeds, fits) = (Math.Log(LeastPrice), Math.Log(LargestPrice));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (exceeds + fits) / 2;
            if (context.Bytes(plan(Math.Exp(middle), null)) <= request.Budget) fits = middle;
            else exceeds = middle;
        }

        return context.Fits(plan(Math.Exp(fits), null), request) ? plan(Math.Exp(fits), context.KeepMask) : null;
    }
}
