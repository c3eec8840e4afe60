using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>The largest plan within a request whose fields all keep their full dimension and have vectors made by a form of one size.</summary>
internal static class LargestForms
{
    private const int Halvings = 30;

    /// <summary>Fields of no more rows have little to save.</summary>
    private const long SmallRows = 64;

    /// <param name="form">Of a field, for a size between 0 and 1; it takes no fewer bytes for a larger one. A field whose form saves nothing goes without.</param>
    public static EmbeddingPlan? Plan(MethodContext context, PlanRequest request, Func<Field, double, RowForm> form)
    {
        EmbeddingPlan OfSize(double size) => PlanOf(context, request, field => form(field, size));

        if (OfSize(1) is var whole && context.Fits(whole, request)) return whole;
        var (fits, exceeds) = (0.0, 1.0);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (fits + exceeds) / 2;
            if (context.Fits(OfSize(middle), request)) fits = middle;
            else exceeds = middle;
        }

        return OfSize(fits) is var plan && context.Fits(plan, request) ? plan : null;
    }

    /// <summary>
    /// Rows of a form's table: for sizes from a half to 1 a share of the field's, but no fewer than make a small field, so that small ones keep
    /// their own; below, where even that does not fit, every field has as many of those few, down to one.
    /// </summary>
    public static long RowsOf(Field field, double size)
        => size >= 0.5 ? Math.Max(SmallRows, (long)(((2 * size) - 1) * field.Rows)) : Math.Max(1, (long)(2 * size * SmallRows));

    /// <summary>The plan of these forms, as a request wants it; a field whose form saves nothing goes without.</summary>
    public static EmbeddingPlan PlanOf(MethodContext context, PlanRequest request, Func<Field, RowForm> form)
    {
        var plan = EmbeddingPlan.Of(context.Fields, context.Fields.Select(_ => context.FullDim), forms: [.. context.Fields.Select(form)]).Stored(request.Storage);
        return plan with { Fields = [.. plan.Fields.Select(item => BytesOf(item) < BytesOf(item with { Form = null }) ? item : item with { Form = null })], Projection = request.Projection };

        long BytesOf(PlanField item) => item.Bytes + item.BytesOf(PlanBytes.LinearDim(context.LinearRow, item.Dim));
    }
}
