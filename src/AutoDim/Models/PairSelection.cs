namespace AutoDim.Models;

/// <summary>Which pairs of fields a model lets interact.</summary>
/// <param name="Kept">Their names, as first:second.</param>
/// <param name="Of">Pairs of all fields that have vectors.</param>
public sealed record PairSelection(IReadOnlyList<string> Kept, int Of)
{
    public override string ToString() => $"kept {Kept.Count} of {Of} pairs";
}
