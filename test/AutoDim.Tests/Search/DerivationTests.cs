using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Search.AutoDim;

namespace AutoDim.Tests.Search;

public sealed class DerivationTests
{
    [Fact]
    public void Argmax_Probabilities_TakesEachFieldsBestAndTheSmallerOfEquals()
    {
        Field[] fields = [new("a", 100), new("b", 100), new("c", 3)];
        var search = Result([2, 4, 8], [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [1]], fields);
        Derivation.Argmax(search, fields).Fields.Select(field => field.Dim).ShouldBe([4, 2, 2]);
    }

    [Fact]
    public void Argmax_EveryFieldPrefersNone_KeepsTheOneThatLosesLeast()
    {
        Field[] fields = [new("a", 100), new("b", 100)];
        Derivation.Argmax(Result([0, 2, 4], [[0.8, 0.15, 0.05], [0.5, 0.1, 0.4]], fields), fields).Fields.Select(field => field.Dim).ShouldBe([0, 4]);
    }

    /// <summary>Against brute force over all plans, for many random preferences, rows and budgets.</summary>
    [Theory, InlineData(new[] { 2, 4, 8, 16 }, 1), InlineData(new[] { 0, 1, 3, 9 }, 2)]
    public void UnderBudget_SmallCases_WithinBudgetAndOneFieldsStepFromBest(int[] candidates, ulong seed)
    {
        var random = new CounterRandom(seed, 1);
        var position = 0L;
        for (var round = 0; round < 150; round++)
        {
            Field[] fields = [.. Enumerable.Range(0, 4).Select(m => new Field($"f{m}", 2000 + random.Below(position++, 20_000)))];
            var search = Result(candidates, [.. fields.Select(_ => Softmax([.. candidates.Select(_ => 2 * random.Normal(position++))]))], fields);
            var all = AllPlans(search, fields).ToArray();
            var smallest = all.Min(plan => plan.Bytes);
            var budget = smallest + (long)(random.Uniform(position++) * (all.Max(plan => plan.Bytes) - smallest));
            var plan = Derivation.UnderBudget(search, fields, firstOrder: true, budget);
            PlanBytes.Of(plan, fields, true).Deployed.ShouldBeLessThanOrEqualTo(budget);
            var best = all.Where(candidate => candidate.Bytes <= budget).Max(candidate => candidate.Score);
            var step = search.Fields.Max(choice => Enumerable.Range(0, choice.Dims.Count).Max(choice.Score) - Enumerable.Range(0, choice.Dims.Count).Min(choice.Score));
            Score(search, plan).ShouldBeInRange(best - step, best + 1e-9);
        }
    }

    [Fact]
    public void UnderBudget_RoomForEverything_IsArgmax()
    {
        Field[] fields = [new("a", 100), new("b", 50)];
        var search = Result([2, 4, 8], [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]], fields);
        Derivation.UnderBudget(search, fields, true, long.MaxValue).Fields.ShouldBe(Derivation.Argmax(search, fields).Fields);
    }

    [Fact]
    public void UnderBudget_RoomForTheSmallestAlone_DropsFieldsToIt()
    {
        // 0 is a candidate: the first-order weights (150 · 4 bytes) and two numbers for the smaller field are all there is room for.
        Field[] fields = [new("a", 100), new("b", 50)];
        var search = Result([0, 2, 8], [[0.1, 0.1, 0.8], [0.1, 0.1, 0.8]], fields);
        Derivation.UnderBudget(search, fields, true, 600 + 400).Fields.Select(field => field.Dim).ShouldBe([0, 2]);
    }

    [Theory, InlineData(new[] { 2, 4 }, 1799, "cannot be met: with every field at its smallest candidate the embeddings take 1800 bytes"), InlineData(new[] { 0, 2 }, 999, "leaves no field a vector"), InlineData(new[] { 0, 2 }, 10, "cannot be met")]
    public void UnderBudget_Impossible_SaysWhatItWouldTake(int[] candidates, long budget, string reason)
    {
        Field[] fields = [new("a", 100), new("b", 50)];
        var search = Result(candidates, [[0.3, 0.7], [0.3, 0.7]], fields);
        Should.Throw<AutoDimException>(() => Derivation.UnderBudget(search, fields, true, budget)).Message.ShouldContain(reason);
    }

    [Fact]
    public void UnderBudget_VocabularyAndMaps_AreCounted()
    {
        Field[] fields = [new("a", 100, VocabularyBytes: 1000), new("b", 50)];
        var search = Result([2, 4], [[0.1, 0.9], [0.9, 0.1]], fields);
        var plan = Derivation.UnderBudget(search, fields, true, 1_000_000);
        PlanBytes.Of(plan, fields, true).ShouldBe(new PlanBytes(4 * ((100 * 5) + (50 * 3)), 4 * (2 + 1) * 4, 1000));
        var deployed = PlanBytes.Of(plan, fields, true).Deployed;
        Derivation.UnderBudget(search, fields, true, deployed).Fields.ShouldBe(plan.Fields);
        Derivation.UnderBudget(search, fields, true, deployed - 1).Fields.ShouldNotBe(plan.Fields);
        PlanBytes.Of(Derivation.UnderBudget(search, fields, true, deployed, Projection.ZeroPadding), fields, true).Maps.ShouldBe(0);
    }

    private static SearchResult Result(int[] candidates, double[][] probabilities, Field[] fields)
    {
        var space = new SearchSpace(fields, candidates, false);
        return new SearchResult([.. probabilities.Select((pi, m) => new FieldChoice(fields[m].Name, [.. Enumerable.Range(0, space.AllowedCounts[m]).Select(n => space.DimOf(m, n))], pi))], [], 0.5, 1, 1);
    }

    private static double[] Softmax(double[] alpha) => [.. alpha.Select(a => Math.Exp(a) / alpha.Sum(Math.Exp))];

    private static double Score(SearchResult search, EmbeddingPlan plan)
        => search.Fields.Select((choice, m) => choice.Score(choice.Dims.ToList().IndexOf(plan.Fields[m].Dim))).Sum();

    private static IEnumerable<(double Score, long Bytes)> AllPlans(SearchResult search, Field[] fields)
    {
        var counts = search.Fields.Select(choice => choice.Dims.Count).ToArray();
        for (var code = 0; code < counts.Aggregate(1, (product, count) => product * count); code++)
        {
            var rest = code;
            var plan = EmbeddingPlan.Of(fields, search.Fields.Select((choice, m) =>
            {
                var n = rest % counts[m];
                rest /= counts[m];
                return choice.Dims[n];
            }).ToArray());
            if (plan.MappedDim > 0) yield return (Score(search, plan), PlanBytes.Of(plan, fields, true).Deployed);
        }
    }
}
