using System.Text.Json.Serialization;
using AutoDim.Embeddings;

namespace AutoDim.Search.AutoDim;

/// <summary>What a search found.</summary>
/// <param name="Fields">Per field its candidates and how much the search prefers each; of a search over blocks, per block, field by field.</param>
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
    /// <summary>Which of the field's popularity blocks it is the choice of, 0 being the most popular; 0 where the field chooses once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Block { get; init; }

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

    /// <summary>Likewise of any dimension: between two candidates on a line over ln(1 + d), beyond them the nearest one's.</summary>
    internal double LossAt(int dim)
    {
        var above = Dims.TakeWhile(candidate => candidate < dim).Count();
        if (above == Dims.Count) return Loss(above - 1);
        if (above == 0 || Dims[above] == dim) return Loss(above);
        double before = Math.Log(1 + Dims[above - 1]), after = Math.Log(1 + Dims[above]);
        return double.Lerp(Loss(above - 1), Loss(above), (Math.Log(1 + dim) - before) / (after - before));
    }

    /// <summary>The candidates in a storage, with their losses.</summary>
    internal FieldOption[] OptionsOf(RowStorage storage) => [.. Dims.Select((dim, n) => new FieldOption(dim, Loss(n), storage))];

    /// <summary>The candidates and every dimension between two of them, whose loss is taken to lie between theirs.</summary>
    internal FieldOption[] OptionsBetween(RowStorage storage) => [.. Enumerable.Range(Dims[0], Dims[^1] - Dims[0] + 1).Select(dim => new FieldOption(dim, LossAt(dim), storage))];
}

/// <summary>π of all fields after a step.</summary>
public sealed record ArchitecturePoint(long Step, double Temperature, IReadOnlyList<IReadOnlyList<double>> Probabilities)
{
    /// <summary>Mean loss of the epoch's training batches so far; 0 in files of before, which had none.</summary>
    public double Loss { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<ArchitecturePoint>))]
[JsonSerializable(typeof(SearchResult))]
internal sealed partial class SearchJson : JsonSerializerContext;
