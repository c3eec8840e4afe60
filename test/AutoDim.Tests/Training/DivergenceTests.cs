using AutoDim.Data;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>Numbers that are none any more stop a training, which says where they are and keeps what was good.</summary>
public sealed class DivergenceTests : IDisposable
{
    private static readonly int[] Dims = [3, 3, 3, 3];

    private readonly TemporaryFolder folder = new();
    private readonly ClickData data = Toy.Clicks();

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public unsafe void Step_WeightIsNoNumber_NamesTableRowStepAndFix(float number)
    {
        using var bench = new Bench("deepfm", Dims);
        bench.Train(3);
        var table = bench.Model.VectorTable("user");
        for (var row = 0; row < table.Rows; row++) table.Row(row)[1] = number;
        bench.Fill(1);
        var message = Should.Throw<DivergenceException>(() => bench.Learner.Step()).Message;
        message.ShouldContain("at step 4: row 0 of 'embedding.user' holds ");
        message.ShouldContain("lower the learning rate (now 0.01, tables 0.01) or clip gradients (now 10)");
    }

    /// <summary>The loss is a number still: nothing may be updated by such a gradient.</summary>
    [Fact]
    public unsafe void Step_GradientIsTooLarge_NamesItAndChangesNoWeight()
    {
        using var bench = new Bench("fm", Dims);
        bench.Train(2);
        foreach (var row in Enumerable.Range(0, (int)bench.Model.VectorTable("item").Rows)) bench.Model.VectorTable("item").Row(row)[0] = 1e30f;
        foreach (var table in bench.Model.Tables.Where(table => table.Name != "embedding.item" && table.Name.StartsWith("embedding", StringComparison.Ordinal)))
        {
            foreach (var row in Enumerable.Range(0, (int)table.Rows)) table.Row(row)[0] = 0;
        }

        bench.Fill(1);
        var before = bench.Weights();
        var message = Should.Throw<DivergenceException>(() => bench.Learner.Step()).Message;
        message.ShouldContain("at step 3: ");
        message.ShouldContain("gradient");
        Bench.ShouldBeSame(bench.Weights(), before);
    }

    /// <summary>A row diverges in the second epoch, at a batch's end and after the last one: the checkpoint stays the first epoch's, and goes on as ever once the cause is gone.</summary>
    [Theory, InlineData(20), InlineData(26)]
    public unsafe void Fit_DivergesInTheSecondEpoch_KeepsTheLastGoodCheckpoint(int step)
    {
        using (var whole = New()) new Trainer(whole.Learner, data, new RunFolder(folder.File("whole"))).Fit(TestContext.Current.CancellationToken);
        var run = new RunFolder(folder.File("run"));
        using (var diverging = New())
        {
            var made = 0;
            var trainer = new Trainer(diverging.Learner, data, run)
            {
                OnStep = _ =>
                {
                    if (++made != step) return;
                    foreach (var table in diverging.Model.Tables) table.Row(table.Rows - 1)[0] = float.NaN;
                },
            };
            Should.Throw<AutoDimException>(() => trainer.Fit(TestContext.Current.CancellationToken)).Message.ShouldContain("learning rate");
        }

        TensorFile.ReadMetadata(run.Checkpoint("train").Path)["step"].ShouldBe("13");
        using (var mended = New()) new Trainer(mended.Learner, data, run).Fit(TestContext.Current.CancellationToken);
        File.ReadAllBytes(run.Checkpoint("train").Path).ShouldBe(File.ReadAllBytes(new RunFolder(folder.File("whole")).Checkpoint("train").Path));
    }

    /// <summary>A stop right after a step that diverged must not keep what it made.</summary>
    [Fact]
    public unsafe void Fit_CancelledAtTheStepThatDiverged_KeepsTheLastGoodCheckpoint()
    {
        using var bench = New();
        using var cancellation = new CancellationTokenSource();
        var run = new RunFolder(folder.File("run"));
        var made = 0;
        var trainer = new Trainer(bench.Learner, data, run)
        {
            OnStep = _ =>
            {
                if (++made != 15) return;
                bench.Model.VectorTable("user").Row(2)[1] = float.NegativeInfinity;
                cancellation.Cancel();
            },
        };
        Should.Throw<DivergenceException>(() => trainer.Fit(cancellation.Token)).Message.ShouldContain("weights diverged by step 15: row 2 of 'embedding.user' holds -");
        TensorFile.ReadMetadata(run.Checkpoint("train").Path)["step"].ShouldBe("13");
    }

    [Fact]
    public void Fit_LossExplodes_IsTold()
    {
        List<string> notes = [];
        using var bench = new Bench("lr", Dims, training: Bench.SmallTraining with { Epochs = 8, LearningRate = 1e-3, PlateauFactor = 1, Patience = 8, ClipNorm = 0, Tables = new() { LearningRate = 1e-3 } });
        var trainer = new Trainer(bench.Learner, data) { OnNote = notes.Add, OnEpoch = epoch => bench.Learner.RateFactor = epoch.Epoch == 2 ? 1e5 : bench.Learner.RateFactor };
        trainer.Fit(TestContext.Current.CancellationToken);
        notes[0].ShouldStartWith("train, epoch 3: the training loss rose to ");
        notes[0].ShouldContain("lower the learning rate (now 100, tables 100)");
    }

    [Fact]
    public unsafe void Search_WeightIsNoNumber_StopsBeforeItsCheckpoint()
    {
        var run = new RunFolder(folder.File("search"));
        using var bench = new SearchBench(new AutoDimOptions { Candidates = [1, 2], Epochs = 3 }, data, folder: run);
        var steps = 0;
        bench.Search.OnStep = _ =>
        {
            if (++steps == 20) bench.Search.Embedding.Alpha.Values[0] = float.NaN;
        };
        Should.Throw<AutoDimException>(() => bench.Search.Run(TestContext.Current.CancellationToken)).Message.ShouldContain("lower");
        TensorFile.ReadMetadata(run.Checkpoint("search").Path)["step"].ShouldBe("13");
    }

    private static Bench New() => new("deepfm", Dims, training: Bench.SmallTraining with { Epochs = 3, Patience = 5, Tables = new() { LearningRate = 0.01, L2 = 1e-3 } });
}
