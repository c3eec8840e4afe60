using AutoDim.Compression.Elements;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Search;
using AutoDim.Search.AutoDim;

namespace AutoDim.Compression;

/// <summary>Plans in which popular values of a field may have more dimensions than rare ones, and perhaps finer numbers. A value's vector is its numbers and zeros after them.</summary>
/// <param name="losses">The options of each field with what they cost, block by block; asked for once.</param>
/// <param name="isMixed">Whether the options have storages of their own, of which a request's is the coarsest that it allows; otherwise all get that of the request.</param>
internal sealed class BlocksMethod(MethodContext context, Func<IReadOnlyList<FieldOption[]>> losses, bool isMixed = false) : ICompressionMethod
{
    /// <summary>That mixed rows have, the coarsest first.</summary>
    private static readonly RowStorage[] MixedStorages = [RowStorage.Int2, RowStorage.Int3, RowStorage.Int4, RowStorage.Int8];

    private readonly Lazy<IReadOnlyList<FieldOption[]>> losses = new(losses);

    /// <summary>Like <see cref="MeasuredMethod"/>, at the finer grain: what each block of values would miss of its last dimensions is measured on validation, in the trained full model.</summary>
    /// <param name="folds">Whether values may share a row too.</param>
    public static BlocksMethod Measured(MethodContext context, bool folds = true)
    {
        var measured = new MeasuredMethod(context, folds, inBlocks: true);
        return new BlocksMethod(context, () => measured.Losses);
    }

    /// <summary>Likewise, and what fewer bits cost each block is measured too: popular values may have finer numbers than rare ones of their field.</summary>
    /// <param name="folds">Whether values may share a row too.</param>
    public static BlocksMethod Mixed(MethodContext context, bool folds = true)
    {
        var measured = new MeasuredMethod(context, folds, inBlocks: true, MixedStorages);
        return new BlocksMethod(context, () => measured.Losses, isMixed: true);
    }

    /// <summary>AutoDim at the finer grain: each block of values has architecture weights of its own, and its candidates are measured in the searched network.</summary>
    public static BlocksMethod Searched(MethodContext context) => new(context, () =>
    {
        var choices = context.Search(SearchKind.Blocks).Fields.ToLookup(choice => choice.Field);
        return [.. context.Fields.Select(field => OptionsOf(field, [.. choices[field.Name]]))];
    });

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var options = losses.Value.Select((list, m) => Undominated(m, isMixed ? Within(list, request.Storage) : [.. list.Select(option => option with { Storage = request.Storage })]));
        var plan = LeastLossPlan.Within([.. options], context.Fields, context.LinearRow, request.Budget, request.Projection);
        return plan == null ? null : plan with { Fields = [.. plan.Fields.Select((item, m) => item.Form is PrefixForm form ? item with { Form = WithMask(m, item, form) } : item)] };
    }

    /// <summary>Those with numbers no coarser than a storage's; where that has no integers, those of eight bits, in it.</summary>
    private static FieldOption[] Within(FieldOption[] options, RowStorage storage)
    {
        var coarsest = Array.IndexOf(MixedStorages, storage);
        return coarsest >= 0 ? [.. options.Where(option => Array.IndexOf(MixedStorages, option.Storage) >= coarsest)]
            : [.. options.Where(option => option.Storage == RowStorage.Int8).Select(option => option with { Storage = storage })];
    }

    /// <summary>The options of a field by its blocks' choices, dimensions between the candidates among them.</summary>
    private static FieldOption[] OptionsOf(Field field, FieldChoice[] blocks)
    {
        var candidates = blocks[0].Dims;
        int[] dims = [.. MeasuredMethod.DimsTo(candidates[^1]).Concat(candidates).Where(dim => dim >= candidates[0]).Distinct().Order()];
        double[][] losses = [.. blocks.Select(block => FieldLosses.Rising(dims.Reverse().Select(dim => block.LossAt(dim) - block.LossAt(dims[^1]))).Reverse().ToArray())];
        return [.. BlockOptions.Of(field, dims, blocks.Length == 1 ? [field.Rows] : PopularityBlocks.SizesOf(field.Rows), losses)];
    }

    /// <summary>Those of a field for which no other of the same dimension takes no more bytes and costs no more.</summary>
    private FieldOption[] Undominated(int m, FieldOption[] options)
        => [.. options.GroupBy(option => option.Dim).SelectMany(group => BlockOptions.Undominated(group, option => LeastLossPlan.BytesWithoutMap(option, context.Fields[m], context.LinearRow), option => option.Loss))];

    private PrefixForm? WithMask(int m, PlanField item, PrefixForm form)
    {
        var blocks = PopularityBlocks.BlockOf(context.FoldedCounts(m, item.MinCount), [.. form.Prefixes.Select(prefix => prefix.Rows)]);
        return KeptForms.Of(context.Folded(m, item.MinCount), item.Dim, item.Storage, form.Prefixes, row => blocks[row] < form.Prefixes.Count ? form.Prefixes[blocks[row]].Dim : 0, context.KeepMask);
    }
}
