using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

public sealed class WorkerPoolTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5)]
    public void For_AnyCountAndGrain_EveryIndexOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        foreach (var count in (int[])[0, 1, 2, 7, 64, 1000])
        {
            foreach (var grain in (int[])[0, 1, 3, 64, 5000])
            {
                var seen = new int[count];
                pool.For(count, grain, seen, static (seen, first, last) =>
                {
                    for (var i = first; i < last; i++) Interlocked.Increment(ref seen[i]);
                });
                seen.ShouldAllBe(times => times == 1, $"{count} by {grain}");
            }
        }
    }

    [Fact]
    public void For_AnyThreadCount_SameChunks()
    {
        Chunks(1).ShouldBe(Chunks(4));

        static List<(int, int)> Chunks(int threads)
        {
            using var pool = new WorkerPool(threads);
            var chunks = new List<(int, int)>();
            pool.For(1003, 17, chunks, static (chunks, first, last) =>
            {
                lock (chunks) chunks.Add((first, last));
            });
            return [.. chunks.Order()];
        }
    }

    [Fact]
    public void For_WithWorkers_NumbersLieBelowThreadCount()
    {
        using var pool = new WorkerPool(3);
        var workers = new System.Collections.Concurrent.ConcurrentBag<int>();
        for (var loop = 0; loop < 100; loop++) pool.For(50, 1, workers, static (workers, _, _, worker) => workers.Add(worker));
        workers.Count.ShouldBe(5000);
        workers.ShouldAllBe(worker => worker >= 0 && worker < 3);
    }

    [Theory, InlineData(1, 1), InlineData(1, 1000), InlineData(2, 1), InlineData(2, 1000), InlineData(4, 7)]
    public void For_BodyThrows_SameExceptionArrivesAndPoolGoesOn(int threads, int grain)
    {
        using var pool = new WorkerPool(threads);
        for (var round = 0; round < 50; round++)
        {
            var thrown = Should.Throw<AutoDimException>(() => pool.For(1000, grain, "row", static (name, first, last) =>
            {
                if (first <= 500 && last > 500) throw new AutoDimException($"bad {name} 500");
            }));
            thrown.Message.ShouldBe("bad row 500");
            var sum = new long[1];
            pool.For(1000, grain, sum, static (sum, first, last) =>
            {
                for (var i = first; i < last; i++) Interlocked.Add(ref sum[0], i);
            });
            sum[0].ShouldBe(499_500);
        }
    }

    [Fact]
    public void For_ManyShortLoops_NoneIsLost()
    {
        using var pool = new WorkerPool(3);
        var counter = new int[1];
        for (var loop = 0; loop < 5000; loop++) pool.For(3, 1, counter, static (counter, first, last) => Interlocked.Add(ref counter[0], last - first));
        counter[0].ShouldBe(15_000);
    }

    [Fact]
    public void For_AfterAPause_EveryThreadWakesAndHelps()
    {
        using var pool = new WorkerPool(3);
        for (var loop = 0; loop < 3; loop++)
        {
            Thread.Sleep(20); // long enough for the workers to sleep
            using var meeting = new Barrier(3);
            pool.For(3, 1, meeting, static (meeting, _, _) => meeting.SignalAndWait(TimeSpan.FromMinutes(1)).ShouldBeTrue());
        }
    }

    [Fact]
    public void For_BodiesThrowAtOnce_OneArrivesAndEveryThreadRests()
    {
        using var pool = new WorkerPool(4);
        for (var round = 0; round < 200; round++)
        {
            var running = new int[1];
            Should.Throw<AutoDimException>(() => pool.For(100, 1, running, static (running, first, _) =>
            {
                Interlocked.Increment(ref running[0]);
                try
                {
                    if (first % 2 == 1) throw new AutoDimException("odd");
                }
                finally
                {
                    Interlocked.Decrement(ref running[0]);
                }
            }));
            running[0].ShouldBe(0);
        }
    }

    [Fact]
    public void Constructor_NoThread_Refused() => Should.Throw<ArgumentOutOfRangeException>(() => new WorkerPool(0));
}
