using AutoDim.Compression.Elements;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression.AutoEmb;

/// <summary>
/// AutoEmb (Zhao et al., arXiv 2002.11252): what a controller gives each value's popularity as its most likely dimension, the model trained anew with it; values that occur equally often have the
/// same. Where bytes do not allow that, the dimensions that fit of largest Σ ln p over the samples of training, so that rare values lose theirs first.
/// </summary>
internal sealed class AutoEmbMethod(MethodContext context) : ICompressionMethod
{
    private readonly Lazy<Found> found = new(() =>
    {
        using var search = new AutoEmbSearch(context);
        search.Run();
        return new Found(search.Mixture.Dims, [.. context.Counts.Select((counts, m) => GroupsOf(search.Mixture, m, counts))]);
    });

    public EmbeddingPlan? Plan(PlanRequest request) => PricedPlan.Within(context, request, (price, keep) => PlanOf(price, request, keep));

    /// <summary>Rows that occur equally often.</summary>
    /// <param name="Rows">How many.</param>
    /// <param name="LogPolicy">ln p of each candidate.</param>
    private sealed record Group(long Rows, double[] LogPolicy);

    /// <param name="Dims">Candidates.</param>
    /// <param name="Groups">Of each field, by how often the rows occur.</param>
    private sealed record Found(int[] Dims, Dictionary<long, Group>[] Groups);

    private static Dictionary<long, Group> GroupsOf(PopularityMixture mixture, int field, long[] counts)
    {
        var groups = new Dictionary<long, Group>();
        for (var row = 0; row < counts.Length; row++)
        {
            groups[counts[row]] = groups.TryGetValue(counts[row], out var group) ? group with { Rows = group.Rows + 1 } : new Group(1, mixture.LogPolicy(field, row));
        }

        return groups;
    }

    private EmbeddingPlan PlanOf(double price, PlanRequest request, Action<RowMask>? keep)
    {
        var (dims, forms) = (new int[context.Fields.Count], new RowForm?[context.Fields.Count]);
        for (var m = 0; m < dims.Length; m++)
        {
            var chosen = found.Value.Groups[m].ToDictionary(pair => pair.Key, pair => (int)Math.Min(DimOf(pair.Key, pair.Value, price, request.Storage), context.Fields[m].Rows));
            var occurrences = context.Counts[m];
            dims[m] = chosen.Values.Max();
            forms[m] = KeptForms.Of(context.Fields[m], dims[m], request.Storage, found.Value.Groups[m].Select(pair => new RowPrefix(pair.Value.Rows, chosen[pair.Key])), row => chosen[occurrences[row]], keep);
        }

        return EmbeddingPlan.Of(context.Fields, dims, forms: forms).Stored(request.Storage) with { Projection = request.Projection };
    }

    /// <summary>The candidate of largest ln p over a row's occurrences, less what its bytes cost.</summary>
    private int DimOf(long count, Group group, double price, RowStorage storage)
        => found.Value.Dims[Enumerable.Range(0, found.Value.Dims.Length).MaxBy(n => (count * group.LogPolicy[n]) - (price * RowFormat.Bytes(storage, found.Value.Dims[n])))];
}
