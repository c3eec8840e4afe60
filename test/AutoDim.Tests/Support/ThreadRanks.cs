using System.Runtime.ExceptionServices;
using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>Ranks that are threads of this process: what MPI does between processes, where a debugger sees it.</summary>
internal sealed unsafe class ThreadRanks : Ranks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Meeting meeting;

    private ThreadRanks(Meeting meeting, int rank) => (this.meeting, Rank) = (meeting, rank);

    public override int Rank { get; }

    public override int Count => meeting.Places.Length;

    /// <summary>Runs the same on every rank; what each returned.</summary>
    public static TResult[] Run<TResult>(int count, Func<ThreadRanks, TResult> body, long replicatedBytes = DefaultReplicatedBytes)
    {
        var meeting = new Meeting(count);
        var results = new TResult[count];
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                var ranks = new ThreadRanks(meeting, rank) { ReplicatedBytes = replicatedBytes };
                AtomicFile.Ranks = ranks;
                results[rank] = body(ranks);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
                meeting.Failed = true;
            }
            finally
            {
                meeting.Barrier.RemoveParticipant();
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        meeting.Barrier.Dispose();
        if (failure != null) ExceptionDispatchInfo.Throw(failure);
        return results;
    }

    public override void Abort(int code) => meeting.Failed = true;

    protected override void SumCore(Real* values, int count)
    {
        Meet((nint)values);
        var sums = new Real[count];
        for (var rank = 0; rank < Count; rank++)
        {
            for (var i = 0; i < count; i++) sums[i] += ((Real*)meeting.Places[rank])[i];
        }

        WaitCore();
        sums.CopyTo(new Span<Real>(values, count));
    }

    protected override void SumCore(Span<double> values)
    {
        fixed (double* place = values)
        {
            Meet((nint)place);
            var sums = new double[values.Length];
            for (var rank = 0; rank < Count; rank++)
            {
                for (var i = 0; i < sums.Length; i++) sums[i] += ((double*)meeting.Places[rank])[i];
            }

            WaitCore();
            sums.CopyTo(values);
        }
    }

    protected override void BroadcastCore(Span<byte> data)
    {
        fixed (byte* place = data)
        {
            Meet((nint)place);
            if (Rank > 0) new ReadOnlySpan<byte>((void*)meeting.Places[0], data.Length).CopyTo(data);
            WaitCore();
        }
    }

    protected override void ExchangeCore(byte* sent, ReadOnlySpan<int> sentCounts, ReadOnlySpan<int> sentStarts, byte* received, ReadOnlySpan<int> counts, ReadOnlySpan<int> starts)
    {
        meeting.Counts[Rank] = sentCounts.ToArray();
        meeting.Starts[Rank] = sentStarts.ToArray();
        Meet((nint)sent);
        for (var rank = 0; rank < Count; rank++)
        {
            meeting.Counts[rank][Rank].ShouldBe(counts[rank], $"rank {rank} sends rank {Rank} another number of bytes than that expects");
            new ReadOnlySpan<byte>((byte*)meeting.Places[rank] + meeting.Starts[rank][Rank], counts[rank]).CopyTo(new Span<byte>(received + starts[rank], counts[rank]));
        }

        WaitCore();
    }

    protected override void WaitCore()
    {
        if (!meeting.Failed && !meeting.Barrier.SignalAndWait(Patience)) throw new TimeoutException($"rank {Rank} waited {Patience.TotalSeconds} s for the others");
        if (meeting.Failed) throw new OperationCanceledException("another rank failed");
    }

    private void Meet(nint place)
    {
        meeting.Places[Rank] = place;
        WaitCore();
    }

    private sealed class Meeting(int count)
    {
        public nint[] Places { get; } = new nint[count];

        public int[][] Counts { get; } = new int[count][];

        public int[][] Starts { get; } = new int[count][];

        public Barrier Barrier { get; } = new(count);

        public volatile bool Failed;
    }
}
