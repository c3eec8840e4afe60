using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>
/// Mixed dimensions by popularity (Ginart et al., arXiv 1909.11810): d_m = max(1, round(λ n_m^−α)), n_m the field's values, with the largest λ
/// that the budget allows. No training at all.
/// </summary>
/// <param name="temperature">α: 0 gives every field the same dimension, 1 makes it inverse to the values.</param>
internal sealed class MdeMethod(MethodContext context, double temperature = MdeMethod.PaperTemperature) : ICompressionMethod
{
    /// <summary>What the paper's experiments favour.</summary>
    public const double PaperTemperature = 0.3;

    private const int Bisections = 60;

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        EmbeddingPlan Scaled(double scale) => context.Plan(context.Fields.Select(field => (int)Math.Clamp(Math.Round(scale * Math.Pow(field.Rows, -temperature)), 1, context.FullDim)), request);
        // Bytes grow with λ but for the maps that fall away once every field has the full dimension, so that case is looked at by itself.
        var highest = context.FullDim * Math.Pow(context.Fields.Max(field => field.Rows), temperature);
        if (context.Fits(Scaled(highest), request)) return Scaled(highest);
        if (!context.Fits(Scaled(0), request)) return null;
        var (low, high) = (0.0, highest);
        for (var i = 0; i < Bisections; i++)
        {
            var middle = (low + high) / 2;
            if (context.Fits(Scaled(middle), request)) low = middle;
            else high = middle;
        }

        return Scaled(low);
    }
}
