using AutoDim.Compression.Elements;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Search;

namespace AutoDim.Compression;

/// <summary>
/// Like <see cref="MeasuredMethod"/> with folding, at a finer grain: popular values of a field may have more dimensions than rare ones. What each block of values would miss of its last dimensions is measured
/// on validation, block by block. A value's vector is its numbers and zeros after them.
/// </summary>
/// <param name="folds">Whether values may share a row too.</param>
internal sealed class BlocksMethod(MethodContext context, bool folds = true) : ICompressionMethod
{
    private readonly MeasuredMethod measured = new(context, folds, inBlocks: true);

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var options = measured.Losses.Select((list, m) => Undominated(m, [.. list.Select(option => option with { Storage = request.Storage })]));
        var plan = LeastLossPlan.Within([.. options], context.Fields, context.LinearRow, request.Budget, request.Projection);
        return plan == null ? null : plan with { Fields = [.. plan.Fields.Select((item, m) => item.Form is PrefixForm form ? item with { Form = WithMask(m, item, form) } : item)] };
    }

    /// <summary>Those of a field for which no other of the same dimension takes no more bytes and costs no more.</summary>
    private FieldOption[] Undominated(int m, FieldOption[] options)
    {
        List<FieldOption> kept = [];
        foreach (var group in options.GroupBy(option => option.Dim))
        {
            var least = double.PositiveInfinity;
            foreach (var option in group.OrderBy(option => LeastLossPlan.BytesWithoutMap(option, context.Fields[m], context.LinearRow)).ThenBy(option => option.Loss))
            {
                if (option.Loss >= least) continue;
                kept.Add(option);
                least = option.Loss;
            }
        }

        return [.. kept];
    }

    private PrefixForm? WithMask(int m, PlanField item, PrefixForm form)
    {
        var blocks = PopularityBlocks.BlockOf(context.FoldedCounts(m, item.MinCount), [.. form.Prefixes.Select(prefix => prefix.Rows)]);
        return KeptForms.Of(context.Folded(m, item.MinCount), item.Dim, item.Storage, form.Prefixes, row => blocks[row] < form.Prefixes.Count ? form.Prefixes[blocks[row]].Dim : 0, context.KeepMask);
    }
}
