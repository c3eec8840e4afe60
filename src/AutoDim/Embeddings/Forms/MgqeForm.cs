using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Multi-granular quantised embeddings (MGQE, Kang et al., WWW 2020): nearest centroids, of which the tenth of a field's values that training has most often
/// may use all, the others the first ones alone, so that their codes have fewer bits.
/// </summary>
/// <param name="TailCentroids">Centroids that the other values may use.</param>
public sealed record MgqeForm(long Groups, long Centroids, long TailCentroids) : CodedForm(Groups, Centroids)
{
    public const string Name = "mgqe";

    private const int HeadShare = 10;

    public long TailCentroids { get; } = TailCentroids <= Centroids ? TailCentroids : throw new AutoDimException($"a form has {TailCentroids} centroids for rare values, expected no more than the {Centroids} for all");

    public override string Text => FormattableString.Invariant($"{base.Text}:{TailCentroids}");

    private protected override string FormName => Name;

    internal override RowCodes CodesOf(long rows, int groups) => new HeadedCodes(rows, Heads(rows), groups, RowCodes.BitsOf(Centroids), RowCodes.BitsOf(TailCentroids));

    internal override QueryRows Learned(in ComposedField field, EmbeddingTable queries, Parameter centroids, VectorGroups groups)
    {
        var isHead = new bool[field.Rows];
        foreach (var row in MostFrequent(field)) isHead[row] = true;
        return new HeadedRows(queries, centroids, groups, isHead, (int)Centroids, (int)TailCentroids);
    }

    private static long Heads(long rows) => (rows + HeadShare - 1) / HeadShare;

    /// <summary>The rows of the head; of equally frequent ones the first.</summary>
    private static IEnumerable<int> MostFrequent(in ComposedField field)
    {
        var rows = Enumerable.Range(0, checked((int)field.Rows));
        return (field.Set.CountsOf(field.Field) is { } counts ? rows.OrderByDescending(row => counts[row]) : rows).Take((int)Heads(field.Rows));
    }

    private sealed unsafe class HeadedRows(EmbeddingTable queries, Parameter centroids, VectorGroups groups, bool[] isHead, int all, int others)
        : NearestRows(queries, centroids, groups, row => isHead[row] ? all : others)
    {
        public override void Encode(EmbeddingTable numbers, EmbeddingTable codes)
        {
            ((HeadedCodes)codes.Codes!).Mark(codes.Packed.Pointer, isHead);
            base.Encode(numbers, codes);
        }
    }
}
