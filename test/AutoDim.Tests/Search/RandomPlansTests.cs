using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search;

namespace AutoDim.Tests.Search;

public sealed class RandomPlansTests
{
    private static readonly Field[] Fields = [new("a", 1000), new("b", 500), new("c", 3), new("d", 200)];
    private static readonly int[] Candidates = [2, 4, 8, 16];

    [Fact]
    public void Draw_Budget_PlansWithinItNearItAndDifferent()
    {
        const long Budget = 60_000;
        var plans = RandomPlans.Draw(Fields, Candidates, LinearRow.Weight, Budget, 5, 1);
        plans.Count.ShouldBe(5);
        plans.ShouldAllBe(plan => PlanBytes.Of(plan, Fields, LinearRow.Weight).Deployed <= Budget && PlanBytes.Of(plan, Fields, LinearRow.Weight).Deployed >= 0.9 * Budget);
        plans.ShouldAllBe(plan => plan.Fields[2].Dim <= 3);
        plans.Select(plan => string.Join(' ', plan.Fields.Select(field => field.Dim))).Distinct().Count().ShouldBe(5);
        RandomPlans.Draw(Fields, Candidates, LinearRow.Weight, Budget, 5, 1).Select(plan => plan.Fields).ShouldBe(plans.Select(plan => plan.Fields));
        RandomPlans.Draw(Fields, Candidates, LinearRow.Weight, Budget, 5, 2)[0].Fields.ShouldNotBe(plans[0].Fields);
    }

    [Fact]
    public void Draw_BudgetThatNoPlanFits_Refused()
        => Should.Throw<AutoDimException>(() => RandomPlans.Draw(Fields, Candidates, LinearRow.Weight, 100, 5, 1)).Message.ShouldContain("no random plan fits into 100 bytes");

    [Fact]
    public void Draw_ManyFieldsAndASmallBudget_LoweredUntilTheyFit()
    {
        Field[] many = [.. Enumerable.Range(0, 40).Select(m => new Field($"f{m}", 100))];
        var budget = BytesOf(EmbeddingPlan.Uniform(many, 2), many) * 5 / 4; // a draw's mean is 7.5
        var plans = RandomPlans.Draw(many, Candidates, LinearRow.None, budget, 5, 1);
        plans.Count.ShouldBe(5);
        plans.ShouldAllBe(plan => BytesOf(plan, many) <= budget && BytesOf(plan, many) > budget * 0.8);
        plans.Select(plan => string.Join(' ', plan.Fields.Select(field => field.Dim))).Distinct().Count().ShouldBe(5);
        Should.Throw<AutoDimException>(() => RandomPlans.Draw(many, Candidates, LinearRow.None, BytesOf(EmbeddingPlan.Uniform(many, 2), many) - 1, 5, 1)).Message.ShouldContain("no random plan fits");
    }

    [Fact]
    public void Draw_BudgetFarAboveAll_GivesTheNearestBelow()
    {
        var plans = RandomPlans.Draw(Fields, Candidates, LinearRow.Weight, 10_000_000, 5, 1);
        plans.Single().Fields.Select(field => field.Dim).ShouldBe([16, 16, 3, 16], ignoreOrder: false);
    }

    private static long BytesOf(EmbeddingPlan plan, Field[] fields) => PlanBytes.Of(plan, fields, LinearRow.None).Deployed;
}
