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
        var search = Result([2, 4, 8], [[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.6, 0.4]], fields);
        Derivation.Argmax(search, fields).Fields.Select(field => field.Dim).ShouldBe([4, 2, 2]);
    }

    [Fact]
    public void Argmax_EveryFieldPrefersNone_KeepsTheOneThatLosesLeast()
    {
        Field[] fields = [new("a", 100), new("b", 100)];
        Derivation.Argmax(Result([0, 2, 4], [[0.8, 0.15, 0.05], [0.5, 0.1, 0.4]], fields), fields).Fields.Select(field => field.Dim).ShouldBe([0, 4]);
    }

    [Fact]
    public void WithinTolerance_Losses_StepsDownWhereItSavesMostPerLoss()
    {
        // The measurement stands for itself here: "a" has the many rows and loses little, "b" loses too much, "c" wins by being smaller.
        Field[] fields = [new("a", 10_000), new("b", 100), new("c", 100)];
        var search = Measured([2, 4, 8], [2, 2, 1], [[0.7, 0.7996, 0.8], [0.6, 0.7, 0.8], [0.801, 0.8, 0.79]], fields);
        Dims(Derivation.WithinTolerance(search, fields, 0.0005)).ShouldBe([4, 8, 2]);
        Dims(Derivation.WithinTolerance(search, fields, 0.0003)).ShouldBe([8, 8, 2]);
        Dims(Derivation.WithinTolerance(search, fields, 0)).ShouldBe([8, 8, 4]);
        Dims(Derivation.WithinTolerance(search, fields, 1)).ShouldBe([2, 2, 2]);
    }

    [Fact]
    public void WithinTolerance_ManySmallLosses_SumStaysWithin()
    {
        Field[] fields = [.. Enumerable.Range(0, 10).Select(m => new Field($"f{m}", 100))];
        var search = Measured([2, 4], [.. fields.Select(_ => 1)], [.. fields.Select(_ => new[] { 0.7998, 0.8 })], fields);
        Dims(Derivation.WithinTolerance(search, fields, 0.0005)).Count(dim => dim == 2).ShouldBe(2);
    }

    /// <summary>What is saved for each loss decides: rows times numbers, divided by the loss.</summary>
    [Fact]
    public void WithinTolerance_RoomForOneStep_TakesTheOneThatSavesMostForItsLoss()
    {
        Field[] fields = [new("a", 1000), new("b", 1000)];
        Dims(Derivation.WithinTolerance(Measured([2, 4, 8], [2, 2], [[0.79, 0.7998, 0.8], [0.7995, 0.79, 0.8]], fields), fields, 0.0006)).ShouldBe([4, 8]); // 4,000 for .0002, and 6,000 for .0005
        Dims(Derivation.WithinTolerance(Measured([2, 4, 8], [2, 2], [[0.79, 0.7996, 0.8], [0.7996, 0.79, 0.8]], fields), fields, 0.0005)).ShouldBe([8, 2]); // 4,000 and 6,000 for the same
        Dims(Derivation.WithinTolerance(Measured([2, 4, 8], [2, 2], [[0.79, 0.7996, 0.8], [0.79, 0.7996, 0.8]], fields), fields, 0.0005)).ShouldBe([4, 8]); // the first of equals
    }

    /// <summary>A second step of a field costs what it loses more than the first; what costs just what is left is made.</summary>
    [Fact]
    public void WithinTolerance_SecondStep_CostsItsOwnLoss()
    {
        Field[] fields = [new("a", 1000)];
        Dims(Derivation.WithinTolerance(Measured([2, 4, 8], [2], [[0.7996, 0.7998, 0.8]], fields), fields, 0.00045)).ShouldBe([2]);
        Dims(Derivation.WithinTolerance(Measured([2, 4], [1], [[0.5, 0.75]], fields), fields, 0.25)).ShouldBe([2]);
        Dims(Derivation.WithinTolerance(Measured([2, 4], [1], [[0.5, 0.75]], fields), fields, 0.24)).ShouldBe([4]);
    }

    /// <summary>4 dimensions within the tolerance; the old 2 would lose .125 more.</summary>
    [Theory, InlineData(0.125, 2), InlineData(0.12, 4)]
    public void Keeping_OldDimension_StaysWhereLeavingItGainsNoMoreThanAsked(double keep, int expected)
    {
        Field[] fields = [new("a", 1000)];
        var search = Measured([2, 4, 8], [2], [[0.5, 0.625, 0.75]], fields);
        Dims(Derivation.Keeping(search, fields, 0.125, Start(fields, keep, 2))).ShouldBe([expected]);
    }

    /// <summary>
    /// Ten dimensions for two fields that had eight each. Five each lose least; where leaving an old dimension must gain .02, one of them keeps it. With room for both, both do.
    /// </summary>
    [Fact]
    public void UnderBudget_WarmStart_LeavingAnOldDimensionCosts()
    {
        Field[] fields = [new("a", 100), new("b", 100)];
        var search = Measured([2, 8], [1, 1], [[0.79, 0.8], [0.789, 0.8]], fields);
        IEnumerable<int> Of(int numbers, double tolerance = 0, WarmStart? start = null) => Dims(Derivation.UnderBudget(search, fields, LinearRow.None, 100 * numbers * sizeof(float), tolerance, Projection.ZeroPadding, start: start));
        Of(10).ShouldBe([5, 5]);
        Of(10, start: Start(fields, 0.02, 8, 8)).ShouldBe([2, 8]);
        Of(10, start: Start(fields, 0, 8, 8)).ShouldBe([5, 5]);
        Of(16, tolerance: 0.03).ShouldBe([2, 2]);
        Of(16, tolerance: 0.03, Start(fields, 0, 8, 8)).ShouldBe([8, 8]);
    }

    /// <summary>A plan that takes the budget to the byte is within it: the preferred one, though six dimensions each would lose less; and the smallest.</summary>
    [Fact]
    public void UnderBudget_ExactlyAsManyBytes_AreWithin()
    {
        Field[] fields = [new("a", 100), new("b", 100)];
        var search = Measured([2, 4, 8], [2, 2], [[0.7, 0.7996, 0.8], [0.7, 0.7995, 0.8]], fields);
        Dims(Derivation.UnderBudget(search, fields, LinearRow.None, 100 * 12 * sizeof(float), 0.00045, Projection.ZeroPadding)).ShouldBe([4, 8]);
        Dims(Derivation.UnderBudget(search, fields, LinearRow.None, (100 * 12 * sizeof(float)) - 1, 0.00045, Projection.ZeroPadding)).ShouldNotBe([4, 8]);
        Dims(Derivation.UnderBudget(search, fields, LinearRow.None, 100 * 4 * sizeof(float), 0, Projection.ZeroPadding)).ShouldBe([2, 2]);
    }

    [Fact]
    public void Margin_Probabilities_IsTheLeadOfTheBest()
    {
        static FieldChoice Choice(params double[] pi) => new("a", [.. pi.Select((_, n) => 2 << n)], pi, pi);
        Choice(0.2, 0.5, 0.3).Margin.ShouldBe(0.2, 1e-12);
        Choice(0.4, 0.4, 0.2).Margin.ShouldBe(0);
        Choice(1).Margin.ShouldBe(1);
        FieldChoice[] choices = [Choice(0.2, 0.5, 0.3), Choice(0.49, 0.51), Choice(SearchResult.UndecidedMargin, 0), Choice(1)];
        new SearchResult(choices, [], 0.5, 1, 1).Undecided.ShouldBe([choices[1]]);
    }

    [Fact]
    public void LossAt_BeyondTheCandidates_IsTheNearestOnes()
    {
        var choice = new FieldChoice("a", [2, 8], [0.9, 0.1], [0.79, 0.76]);
        ((int[])[1, 2, 8, 9, 100]).Select(choice.LossAt).ShouldBe([0, 0, 0.79 - 0.76, 0.79 - 0.76, 0.79 - 0.76]);
    }

    [Fact]
    public void Widened_Plan_EveryFieldOneCandidateUpToItsLargest()
    {
        Field[] fields = [new("a", 100), new("b", 100), new("c", 100)];
        var search = Measured([2, 4, 8], [0, 0, 0], [[1, 1, 1], [1, 1, 1], [1, 1, 1]], fields);
        Dims(Derivation.Widened(EmbeddingPlan.Of(fields, [2, 4, 8]), search)).ShouldBe([4, 8, 8]);
    }

    /// <summary>Numbers for ten dimensions of the large field: one of the small one's, nine of its own, though only 8 was measured.</summary>
    [Fact]
    public void UnderBudget_RoomBetweenTwoCandidates_IsUsed()
    {
        Field[] fields = [new("item", 4000), new("small", 10)];
        var search = Measured([2, 8, 16], [2, 2], [[0.7, 0.74, 0.8], [0.8, 0.8, 0.8]], fields);
        Dims(Derivation.UnderBudget(search, fields, LinearRow.Weight, 4 * (4010 + (4000 * 10)), 0)).First().ShouldBe(9);
    }

    /// <summary>Between 2 and 8 dimensions, of which 2 lose .03: 5 is ln(6 / 3) / ln(9 / 3) of the way.</summary>
    [Fact]
    public void OptionsBetween_Candidates_LossesOnALineOverTheLogarithm()
    {
        var options = new FieldChoice("a", [2, 8], [0.1, 0.9], [0.76, 0.79]).OptionsBetween(RowStorage.Int8);
        options.Select(option => option.Dim).ShouldBe([2, 3, 4, 5, 6, 7, 8]);
        options.ShouldAllBe(option => option.Storage == RowStorage.Int8);
        options[3].Loss.ShouldBe(0.03 * (1 - (Math.Log(2) / Math.Log(3))), 1e-12);
        options[0].Loss.ShouldBe(0.03, 1e-12);
        options[^1].Loss.ShouldBe(0);
    }

    /// <summary>Against brute force over all plans, for many random losses, rows and budgets.</summary>
    [Theory, InlineData(new[] { 2, 4, 8 }, 1), InlineData(new[] { 0, 1, 3, 9 }, 2)]
    public void UnderBudget_SmallCases_WithinBudgetAndBest(int[] candidates, ulong seed)
    {
        var random = new CounterRandom(seed, 1);
        var position = 0L;
        for (var round = 0; round < 40; round++)
        {
            Field[] fields = [.. Enumerable.Range(0, 4).Select(m => new Field($"f{m}", 2000 + random.Below(position++, 20_000)))];
            var search = Result(candidates, [.. fields.Select(_ => Softmax([.. candidates.Select(_ => 2 * random.Normal(position++))]))], fields);
            var all = AllPlans(search, fields).ToArray();
            var smallest = all.Min(plan => plan.Bytes);
            var budget = smallest + (long)(random.Uniform(position++) * (all.Max(plan => plan.Bytes) - smallest));
            var plan = Derivation.UnderBudget(search, fields, LinearRow.Weight, budget, tolerance: 0);
            PlanBytes.Of(plan, fields, LinearRow.Weight).Deployed.ShouldBeLessThanOrEqualTo(budget);
            // A field's bytes are rounded up to a 20,000th of the budget, so the best of a budget smaller by that is a bound.
            double Best(double bytes) => all.Where(candidate => candidate.Bytes <= bytes).Select(candidate => candidate.Loss).DefaultIfEmpty(double.PositiveInfinity).Min();
            Loss(search, plan).ShouldBeInRange(Best(budget) - 1e-9, Best(budget * (1 - (fields.Length / 20_000.0))) + 1e-9);
        }
    }

    [Fact]
    public void UnderBudget_RoomForEverything_IsThePlanWithinTolerance()
    {
        Field[] fields = [new("a", 100), new("b", 50)];
        var search = Result([2, 4, 8], [[0.2, 0.5, 0.3], [0.1, 0.2, 0.7]], fields);
        Derivation.UnderBudget(search, fields, LinearRow.Weight, long.MaxValue, 0).Fields.ShouldBe(Derivation.Argmax(search, fields).Fields);
        Derivation.UnderBudget(search, fields, LinearRow.Weight, long.MaxValue, 0.4).Fields.ShouldBe(Derivation.WithinTolerance(search, fields, 0.4).Fields);
    }

    [Fact]
    public void UnderBudget_RoomForTheSmallestAlone_DropsFieldsToIt()
    {
        // 0 is a candidate: the first-order weights (150 · 4 bytes) and two numbers for the smaller field are all there is room for.
        Field[] fields = [new("a", 100), new("b", 50)];
        var search = Result([0, 2, 8], [[0.1, 0.15, 0.75], [0.1, 0.15, 0.75]], fields);
        Derivation.UnderBudget(search, fields, LinearRow.Weight, 600 + 400, 0).Fields.Select(field => field.Dim).ShouldBe([0, 2]);
    }

    [Theory, InlineData(new[] { 2, 4 }, 1799, "cannot be met: with every field at its smallest candidate the embeddings take 1800 bytes"), InlineData(new[] { 0, 2 }, 799, "leaves no field a vector"), InlineData(new[] { 0, 2 }, 10, "cannot be met")]
    public void UnderBudget_Impossible_SaysWhatItWouldTake(int[] candidates, long budget, string reason)
    {
        Field[] fields = [new("a", 100), new("b", 50)];
        var search = Result(candidates, [[0.3, 0.7], [0.3, 0.7]], fields);
        Should.Throw<AutoDimException>(() => Derivation.UnderBudget(search, fields, LinearRow.Weight, budget, 0)).Message.ShouldContain(reason);
    }

    [Fact]
    public void UnderBudget_VocabularyAndMaps_AreCounted()
    {
        Field[] fields = [new("a", 100, VocabularyBytes: 1000), new("b", 50)];
        var search = Result([2, 4], [[0.1, 0.9], [0.9, 0.1]], fields);
        var plan = Derivation.UnderBudget(search, fields, LinearRow.Weight, 1_000_000, 0);
        PlanBytes.Of(plan, fields, LinearRow.Weight).ShouldBe(new PlanBytes(4 * ((100 * 5) + (50 * 3)), 4 * (2 + 1) * 4, 1000));
        var deployed = PlanBytes.Of(plan, fields, LinearRow.Weight).Deployed;
        Derivation.UnderBudget(search, fields, LinearRow.Weight, deployed, 0).Fields.ShouldBe(plan.Fields);
        Derivation.UnderBudget(search, fields, LinearRow.Weight, deployed - 1, 0).Fields.ShouldNotBe(plan.Fields);
        PlanBytes.Of(Derivation.UnderBudget(search, fields, LinearRow.Weight, deployed, 0, Projection.ZeroPadding), fields, LinearRow.Weight).Maps.ShouldBe(0);
    }

    private static SearchResult Result(int[] candidates, double[][] probabilities, Field[] fields)
    {
        var space = new SearchSpace(fields, candidates, false);
        return new SearchResult([.. probabilities.Select((pi, m) => new FieldChoice(fields[m].Name, [.. Enumerable.Range(0, space.AllowedCounts[m]).Select(n => space.DimOf(m, n))], pi, [.. pi.Select(p => 0.5 + p)]))], [], 0.5, 1, 1);
    }

    private static double[] Softmax(double[] alpha) => [.. alpha.Select(a => Math.Exp(a) / alpha.Sum(Math.Exp))];

    private static IEnumerable<int> Dims(EmbeddingPlan plan) => plan.Fields.Select(field => field.Dim);

    /// <summary>A search that prefers the candidates of these indices, with these measured AUCs.</summary>
    private static SearchResult Measured(int[] candidates, int[] preferred, double[][] aucs, Field[] fields)
        => new([.. aucs.Select((measured, m) => new FieldChoice(fields[m].Name, candidates, [.. candidates.Select((_, n) => n == preferred[m] ? 0.9 : 0.05)], measured))], [], 0.5, 1, 1);

    /// <summary>From a plan of these dimensions.</summary>
    private static WarmStart Start(Field[] fields, double keep, params int[] dims) => new(PlanFile.Of(EmbeddingPlan.Of(fields, dims), "autodim", ""), keep);

    private static double Loss(SearchResult search, EmbeddingPlan plan)
        => search.Fields.Select((choice, m) => choice.OptionsBetween(RowStorage.Float32).Single(option => option.Dim == plan.Fields[m].Dim).Loss).Sum();

    private static IEnumerable<(double Loss, long Bytes)> AllPlans(SearchResult search, Field[] fields)
    {
        var options = search.Fields.Select(choice => choice.OptionsBetween(RowStorage.Float32)).ToArray();
        var choice = new FieldOption[options.Length];
        for (var code = 0; code < options.Aggregate(1, (product, list) => product * list.Length); code++)
        {
            for (var (m, rest) = (0, code); m < options.Length; rest /= options[m++].Length) choice[m] = options[m][rest % options[m].Length];
            var plan = EmbeddingPlan.Of(fields, choice.Select(option => option.Dim));
            if (plan.MappedDim > 0) yield return (choice.Sum(option => option.Loss), PlanBytes.Of(plan, fields, LinearRow.Weight).Deployed);
        }
    }
}
