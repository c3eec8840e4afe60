using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>Ranks tell each other how long they compute; one that is slow is named.</summary>
public sealed class RankPaceTests
{
    private const int Slow = 1;

    [Fact]
    public void Fit_RankSlowedOnPurpose_NamedOnEveryRankOnce()
    {
        var notes = ThreadRanks.Run(3, ranks =>
        {
            using var data = Toy.Clicks();
            using var bench = new Bench("deepfm", [3, 3, 3, 3], training: Bench.SmallTraining with { Epochs = 9, Patience = 9 }, ranks: ranks);
            List<string> told = [];
            var trainer = new Trainer(bench.Learner, data)
            {
                OnNote = told.Add,
                OnStep = _ =>
                {
                    if (ranks.Rank == Slow) Thread.Sleep(20);
                },
            };
            trainer.Fit(TestContext.Current.CancellationToken); // 117 steps: two windows and a little
            return told;
        });
        foreach (var told in notes)
        {
            told.ShouldBe(notes[0]);
            told.Count(note => note.StartsWith($"rank {Slow} of 3 is slow, for ", StringComparison.Ordinal)).ShouldBe(1);
        }
    }

    [Fact]
    public void EndStep_AnyRankIsToStop_AllAreTold()
    {
        var stopped = ThreadRanks.Run(3, ranks =>
        {
            var pace = new RankPace(ranks, null);
            return Enumerable.Range(0, 2 * RankPace.Window).Select(step => pace.EndStep(step == RankPace.Window + ranks.Rank)).ToArray();
        });
        foreach (var steps in stopped) steps.Index().Where(step => step.Item).Select(step => step.Index).ShouldBe([RankPace.Window, RankPace.Window + 1, RankPace.Window + 2]);
    }

    /// <summary>Times go with the message that is sent anyway: one number a step, and each rank's in the last of a window.</summary>
    [Fact]
    public void EndStep_Messages_OneSumAStep()
    {
        var traffic = ThreadRanks.Run(2, ranks =>
        {
            var pace = new RankPace(ranks, null);
            for (var step = 0; step < RankPace.Window; step++) pace.EndStep(false);
            return ranks.Traffic.Copy();
        });
        foreach (var one in traffic) (one.Sums, one.SummedBytes).ShouldBe((RankPace.Window, (RankPace.Window + 2) * sizeof(double)));
    }

    [Fact]
    public void EndStep_OneProcess_StopsWhenItIsToldTo()
    {
        var pace = new RankPace(Ranks.One, null);
        pace.EndStep(false).ShouldBeFalse();
        pace.EndStep(true).ShouldBeTrue();
    }
}
