using System.Text.Json.Serialization;
using AutoDim.Embeddings;

namespace AutoDim.Search.AutoDim;

/// <summary>What a search found.</summary>
/// <param name="Fields">Per field its candidates and how much the search prefers each.</param>
/// <param name="History">α over time.</param>
/// <param name="ValidAuc">Of the mixture, after the last epoch; optimistic, since α learned on these rows.</param>
/// <param name="Steps">Weight steps made.</param>
/// <param name="AlphaSteps">Steps of α made.</param>
public sealed record SearchResult(IReadOnlyList<FieldChoice> Fields, IReadOnlyList<ArchitecturePoint> History, double ValidAuc, long Steps, long AlphaSteps)
{
    /// <summary>Fields whose two best candidates lie this close are called undecided.</summary>
    public const double UndecidedMargin = 0.05;

    public IEnumerable<FieldChoice> Undecided => Fields.Where(choice => choice.Margin < UndecidedMargin);
}

/// <summary>A field's candidates.</summary>
/// <param name="Dims">The dimensions it may have.</param>
/// <param name="Probabilities">π = softmax(α) of each.</param>
/// <param name="ValidAucs">The searched network's validation AUC with this field at each and every other field at its preferred one.</param>
public sealed record FieldChoice(string Field, IReadOnlyList<int> Dims, IReadOnlyList<double> Probabilities, IReadOnlyList<double> ValidAucs)
{
    /// <summary>Index of the candidate that the search prefers; the smaller of two equal ones.</summary>
    [JsonIgnore]
    public int Best
    {
        get
        {
            var best = 0;
            for (var n = 1; n < Probabilities.Count; n++)
            {
                if (Probabilities[n] > Probabilities[best]) best = n;
            }

            return best;
        }
    }

    /// <summary>How far the best candidate is ahead of the next; 1 where there is but one.</summary>
    [JsonIgnore]
    public double Margin => Probabilities.Count == 1 ? 1 : Probabilities[Best] - Probabilities.Where((_, n) => n != Best).Max();

    /// <summary>Validation AUC lost by a candidate against the preferred one; negative where it measures better.</summary>
    public double Loss(int candidate) => ValidAucs[Best] - ValidAucs[candidate];

    /// <summary>The candidates in a storage, with their losses.</summary>
    internal FieldOption[] OptionsOf(RowStorage storage) => [.. Dims.Select((dim, n) => new FieldOption(dim, Loss(n), storage))];

    /// <summary>The candidates and every dimension between two of them, whose loss is taken to lie between theirs: on a line over ln(1 + d).</summary>
    internal FieldOption[] OptionsBetween(RowStorage storage)
    {
        List<FieldOption> options = [.. OptionsOf(storage)];
        for (var n = 1; n < Dims.Count; n++)
        {
            double before = Math.Log(1 + Dims[n - 1]), after = Math.Log(1 + Dims[n]);
            for (var dim = Dims[n - 1] + 1; dim < Dims[n]; dim++) options.Add(new FieldOption(dim, double.Lerp(Loss(n - 1), Loss(n), (Math.Log(1 + dim) - before) / (after - before)), storage));
        }

        return [.. options.OrderBy(option => option.Dim)];
    }
}

/// <summary>π of all fields after a step.</summary>
public sealed record ArchitecturePoint(long Step, double Temperature, IReadOnlyList<IReadOnlyList<double>> Probabilities);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<ArchitecturePoint>))]
[JsonSerializable(typeof(SearchResult))]
internal sealed partial class SearchJson : JsonSerializerContext;
