using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Tests.Compression;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class PlanExplanationTests : IDisposable
{
    private readonly ToyMethods toy = new();

    public void Dispose() => toy.Dispose();

    [Fact]
    public unsafe void Explain_FieldWhoseVectorsAreAllTheSame_LosesNothing()
    {
        using var model = toy.Load();
        var silent = model.VectorTable(toy.Data.Fields[0].Name);
        for (var row = 1L; row < silent.Rows; row++) new ReadOnlySpan<Real>(silent.Row(0), silent.Dim).CopyTo(new Span<Real>(silent.Row(row), silent.Dim));
        var before = Bench.Copy(LearnerState.Weights(model));
        var reasons = Explain(model, _ => null);
        reasons[0].LostIfDropped!.Value.ShouldBe(0, 1e-6);
        reasons[0].LostIfHalved!.Value.ShouldBe(0, 1e-6);
        reasons.Skip(1).Max(reason => Math.Abs(reason.LostIfDropped!.Value)).ShouldBeGreaterThan(1e-3);
        reasons.ShouldAllBe(reason => reason.DimAtHalf == null && reason.DimAtDouble == null);
        Bench.ShouldBeSame(Bench.Copy(LearnerState.Weights(model)), before);
    }

    [Fact]
    public void Explain_OtherBudgets_TellTheirDimensions()
    {
        using var model = toy.Load();
        var reasons = Explain(model, share => EmbeddingPlan.Uniform(toy.Data.Fields, share < 1 ? 3 : 6));
        reasons.ShouldAllBe(reason => reason.DimAtHalf == 3 && reason.DimAtDouble == 6);
        reasons.Select(reason => reason.Rows).ShouldBe(toy.Data.Fields.Select(field => field.Rows));
        reasons[0].OccurrencesPerRow.ShouldBe(toy.Data.TrainCounts[0].Sum() / (double)toy.Data.Fields[0].Rows);
    }

    private FieldExplanation[] Explain(CtrModel model, Func<double, EmbeddingPlan?> atBytes)
        => new PlanExplanation(toy.Data, EmbeddingPlan.Uniform(toy.Data.Fields, ToyMethods.FullDim), ToyMethods.FullDim, 64, new RunObserver()).Explain(model, new RowFolding(toy.Data, []), atBytes, CancellationToken.None);
}
