using System.Text;
using AutoDim.Numerics;
using static AutoDim.Mpi.MpiLibrary;

namespace AutoDim.Mpi;

/// <summary>The processes that an MPI launcher started together.</summary>
internal sealed unsafe class MpiRanks : Ranks
{
    private static MpiRanks? joined;

    private readonly nint world;
    private nint sum; // under way
    private bool isOver;

    private MpiRanks()
    {
        Load();
        var provided = 0;
        Check(InitThread(null, null, Serialized, &provided));
        world = World;
        Check(CommSetErrorHandler(world, ReturnErrors));
        int rank = 0, count = 0;
        Check(CommRank(world, &rank));
        Check(CommSize(world, &count));
        (Rank, Count) = (rank, count);
    }

    public override int Rank { get; }

    public override int Count { get; }

    /// <summary>Such as MPICH Version: 4.0.2.</summary>
    public static string Version
    {
        get
        {
            var text = stackalloc byte[8192];
            var length = 0;
            Check(GetLibraryVersion(text, &length));
            return Encoding.UTF8.GetString(text, length).Split('\n')[0].Replace('\t', ' ').Trim();
        }
    }

    /// <summary>MPI can be entered once in a process.</summary>
    public static MpiRanks Join() => joined ??= new MpiRanks();

    public override void Abort(int code)
    {
        isOver = true;
        _ = MpiLibrary.Abort(world, code);
    }

    protected override void SumCore(float* values, int count) => Check(AllReduce(InPlace, values, count, Float, AddUp, world));

    protected override void SumCore(Span<double> values)
    {
        fixed (double* place = values) Check(AllReduce(InPlace, place, values.Length, MpiLibrary.Double, AddUp, world));
    }

    protected override void StartSumCore(float* values, int count)
    {
        fixed (nint* request = &sum) Check(StartAllReduce(InPlace, values, count, Float, AddUp, world, request));
    }

    protected override void FinishSumCore()
    {
        fixed (nint* request = &sum) Check(MpiLibrary.Wait(request, IgnoredStatus));
    }

    protected override void BroadcastCore(Span<byte> data)
    {
        fixed (byte* place = data) Check(MpiLibrary.Broadcast(place, data.Length, MpiLibrary.Byte, 0, world));
    }

    protected override void ExchangeCore(byte* sent, ReadOnlySpan<int> sentCounts, ReadOnlySpan<int> sentStarts, byte* received, ReadOnlySpan<int> counts, ReadOnlySpan<int> starts)
    {
        fixed (int* sizes = sentCounts, places = sentStarts, wanted = counts, targets = starts)
        {
            Check(AllToAllV(sent, sizes, places, MpiLibrary.Byte, received, wanted, targets, MpiLibrary.Byte, world));
        }
    }

    protected override void WaitCore() => Check(Barrier(world));

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (isOver) return;
        isOver = true;
        Check(Finish());
    }
}
