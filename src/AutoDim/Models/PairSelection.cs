namespace AutoDim.Models;

/// <summary>Which pairs of fields, and triples, a model lets interact.</summary>
/// <param name="Kept">Names of the pairs, as first:second.</param>
/// <param name="Of">Pairs of all fields that have vectors.</param>
public sealed record PairSelection(IReadOnlyList<string> Kept, int Of)
{
    /// <value>Names of the triples, as first:second:third; none where there were none to choose from.</value>
    public IReadOnlyList<string> Triples { get => field ?? []; init; } = [];

    /// <value>Triples of all fields that have vectors; 0 where the model has pairs alone.</value>
    public int OfTriples { get; init; }

    internal bool IsEmpty => Kept.Count + Triples.Count == 0;

    public override string ToString() => $"kept {Kept.Count} of {Of} pairs{(OfTriples > 0 ? $" and {Triples.Count} of {OfTriples} triples" : "")}";
}
