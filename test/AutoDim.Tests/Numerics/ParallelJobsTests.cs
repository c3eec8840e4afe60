using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

public sealed class ParallelJobsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Select_ManyItems_ResultsInTheirOrderAndNoMoreAtATimeThanAsked(int atATime)
    {
        using var pool = new WorkerPool(4) { JobsAtATime = atATime };
        var (now, most) = (0, 0);
        var counting = new Lock();
        var results = pool.Jobs.Select([.. Enumerable.Range(0, 12)], item => pool.Jobs.On(lane =>
        {
            lock (counting) most = Math.Max(most, ++now);
            var sums = new long[1];
            lane.For(1000, 10, sums, static (sum, first, last) => Interlocked.Add(ref sum[0], last - first));
            Thread.Sleep(12 - item);
            lock (counting) now--;
            return (item, sums[0], lane.ThreadCount);
        }));
        results.ShouldBe(Enumerable.Range(0, 12).Select(item => (item, 1000L, atATime == 1 ? 4 : 1)));
        most.ShouldBeInRange(1, atATime);
    }

    /// <summary>All jobs run at once, or this would never end.</summary>
    [Fact]
    public void On_AsManyAsTheJobs_RunAtOnceOnPoolsOfTheirOwn()
    {
        using var pool = new WorkerPool(3) { JobsAtATime = 3 };
        using var barrier = new Barrier(3);
        var lanes = pool.Jobs.Select([1, 2, 3], _ => pool.Jobs.On(lane =>
        {
            barrier.SignalAndWait(TestContext.Current.CancellationToken);
            return lane;
        }));
        lanes.Distinct().Count().ShouldBe(3);
        lanes.ShouldNotContain(pool);
    }

    /// <summary>A job that waits for another's result holds no lane meanwhile, so that jobs within jobs end with a single lane too.</summary>
    [Fact]
    public void Select_JobsWithinJobs_End()
    {
        using var pool = new WorkerPool(2) { JobsAtATime = 2 };
        pool.Jobs.Select([1, 2, 3], i => pool.Jobs.Select([10, 20], j => pool.Jobs.On(_ => i * j)).Sum()).ShouldBe([30, 60, 90]);
    }

    [Fact]
    public void Select_JobsThatFail_TheFirstOnesExceptionWhenAllHaveEnded()
    {
        using var pool = new WorkerPool(2) { JobsAtATime = 2 };
        var done = 0;
        var thrown = Should.Throw<InvalidOperationException>(() => pool.Jobs.Select([0, 1, 2, 3], item => pool.Jobs.On(_ =>
        {
            if (item is 1 or 2) throw new InvalidOperationException($"job {item}");
            Interlocked.Increment(ref done);
            return item;
        })));
        thrown.Message.ShouldBe("job 1");
        done.ShouldBe(2);
        pool.Jobs.On(_ => 5).ShouldBe(5); // the lanes of those that failed are free again
    }
}
