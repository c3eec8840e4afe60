using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search.AutoDim;

namespace AutoDim.Search;

/// <summary>What a search starts from instead of nothing: an old plan's dimensions, and the preferences α of the search that led to it, by field name.</summary>
/// <param name="old">The plan; its preferences are those that its entries have, where they have any.</param>
/// <param name="keep">Validation AUC that a field must gain to leave its old dimension, 0 to 1.</param>
public sealed class WarmStart(PlanFile old, double keep)
{
    /// <summary>
    /// Share of a field's preferences that is spread over all its candidates. A search that ended decided leaves next to nothing for the others: α would
    /// start further from a change than it travels in a search. With a tenth no two candidates start more than 4 apart, of the 10 that it may travel.
    /// </summary>
    private const double Spread = 0.1;

    private readonly Dictionary<string, PlanEntry> entries = old.Fields.DistinctBy(entry => entry.Field).ToDictionary(entry => entry.Field);

    /// <summary>AUC that leaving an old dimension must gain.</summary>
    public double Keep => keep;

    /// <summary>How the old plan's dimensions were made equal.</summary>
    public Projection Projection => old.Projection;

    /// <summary>The field's old dimension, no larger than it has rows now; null where the old plan had no such field.</summary>
    public int? DimOf(Field field) => entries.TryGetValue(field.Name, out var entry) ? (int)Math.Min(entry.Dim, field.Rows) : null;

    /// <summary>Fields that start without preferences: new ones, and those of a plan that no search made.</summary>
    public IReadOnlyList<string> Undetermined(IReadOnlyList<Field> fields) => [.. fields.Select(field => field.Name).Where(name => PreferencesOf(name) == null)];

    /// <summary>
    /// α = log((1 − s)·π + s/N) with the old π of the candidate nearest in ln(1 + d): candidates may be others now, and those of small fields are cut
    /// to their rows. Fields without old preferences stay as they are. α is (choices, N).
    /// </summary>
    internal unsafe void Fill(Parameter alpha, SearchSpace space)
    {
        for (var choice = 0; choice < space.Choices.Count; choice++)
        {
            var field = space.Choices[choice].Field;
            if (PreferencesOf(space.Fields[field].Name) is not { } entry) continue;
            var count = space.AllowedCounts[choice];
            double[] pi = [.. Enumerable.Range(0, count).Select(n => entry.Probabilities![Nearest(entry.Candidates!, space.DimOf(field, n))])];
            var sum = pi.Sum();
            for (var n = 0; n < count; n++) alpha.Row(choice)[n] = (Real)Math.Log(((1 - Spread) * pi[n] / sum) + (Spread / count));
        }
    }

    private static int Nearest(IReadOnlyList<int> candidates, int dim) => Enumerable.Range(0, candidates.Count).MinBy(n => Math.Abs(Math.Log((1.0 + candidates[n]) / (1.0 + dim))));

    private PlanEntry? PreferencesOf(string field)
        => entries.TryGetValue(field, out var entry) && entry is { Candidates.Count: > 0, Probabilities: { } pi } && pi.Count == entry.Candidates.Count && pi.All(p => p >= 0) && pi.Sum() > 0 ? entry : null;
}
