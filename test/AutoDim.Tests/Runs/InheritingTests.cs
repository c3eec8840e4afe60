using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Runs;

public sealed class InheritingTests
{
    /// <summary>A search that has all but decided predicts as the model that inherits its rows and maps, up to the bias, which starts anew.</summary>
    [Theory]
    [InlineData(CandidateMaps.PerField, false, Projection.Linear), InlineData(CandidateMaps.PerField, true, Projection.Linear)]
    [InlineData(CandidateMaps.Shared, false, Projection.Linear), InlineData(CandidateMaps.ZeroPadding, false, Projection.ZeroPadding)]
    public void Apply_DecidedSearch_SameLogitsAsTheSearch(CandidateMaps maps, bool separate, Projection projection)
    {
        int[] dims = [5, 2, 1, 2];
        using var pool = new WorkerPool(1);
        using var data = Toy.Clicks();
        var options = new AutoDimOptions { Candidates = [1, 2, 5], Maps = maps, SeparateTables = separate, Epochs = 2, InitialDeviation = 0.3 };
        using var search = new AutoDimSearch(ModelCatalog.Find("fm"), Bench.SmallModel, Bench.SmallTraining, options, data, pool);
        search.Run(TestContext.Current.CancellationToken);
        for (var m = 0; m < dims.Length; m++)
        {
            for (var n = 0; n < 3; n++) search.Embedding.Alpha.Values[(m * 3) + n] = search.Embedding.Space.DimOf(m, n) == dims[m] ? 500 : 0;
        }

        var plan = EmbeddingPlan.Of(SmallData.Fields, dims) with { Projection = projection };
        using var model = ModelCatalog.Find("fm").Create(ModelContext.Planned(SmallData.Fields, plan, Bench.SmallModel, 9, pool));
        Inheriting.Apply(search.Embedding, search.Learner.Model, plan, model);
        using var input = new IndexedBatch(SmallData.Fields, 30);
        SmallData.Fill(input.Batch, SmallData.Fields, 30, 8);
        input.Index(pool);
        var bias = search.Learner.Model.Parameters.Single(parameter => parameter.Name == "bias")[0, 0];
        double[] inherited = Logits(model, input, pool), searched = Logits(search.Learner.Model, input, pool);
        var tags = input.Batch.Columns[2].Offsets!;
        for (var i = 0; i < 30; i++)
        {
            // Without a map, BatchNorm's shift goes into the rows: a sample without a value has a zero vector instead of the shift.
            if (projection == Projection.Linear || tags[i + 1] > tags[i]) inherited[i].ShouldBe(searched[i] - bias, 1e-4);
        }
    }

    /// <summary>A second vector that is cut would say something else; one of the search's dimension comes over.</summary>
    [Fact]
    public void Apply_SecondVectors_ThoseOfAnotherDimensionStartAfresh()
    {
        using var pool = new WorkerPool(1);
        using var data = Toy.Clicks();
        var (entry, plan) = (Bench.Find("fwfm, value vectors"), EmbeddingPlan.Of(SmallData.Fields, [5, 2, 1, 2]));
        using var search = new AutoDimSearch(entry, Bench.SmallModel, Bench.SmallTraining, new AutoDimOptions { Candidates = [1, 2, 5], Epochs = 1, InitialDeviation = 0.3 }, data, pool);
        using var fresh = entry.Create(ModelContext.Planned(SmallData.Fields, plan, Bench.SmallModel, 9, pool));
        using var model = entry.Create(ModelContext.Planned(SmallData.Fields, plan, Bench.SmallModel, 9, pool));
        Inheriting.Apply(search.Embedding, search.Learner.Model, plan, model);
        Real[] Rows(CtrModel of, string field) => of.Tables.Single(table => table.Name == $"linear.{field}").Weights.AsSpan().ToArray();
        Rows(model, "user").ShouldBe(Rows(search.Learner.Model, "user"));
        foreach (var field in (string[])["item", "tags", "flag"]) Rows(model, field).ShouldBe(Rows(fresh, field));
    }

    private static double[] Logits(CtrModel model, IndexedBatch input, WorkerPool pool)
    {
        using var tape = new Tape(pool, 1) { IsTraining = false };
        var logits = model.Forward(tape, input);
        return [.. Enumerable.Range(0, input.Size).Select(i => logits[i, 0])];
    }
}
