using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace AutoDim.Numerics;

/// <summary>
/// The processes that work on one model together, of which this is one (MPI's word for each is rank), and what they do together. All call
/// the same methods in the same order, and each method returns when the others have done their part. One process alone is
/// <see cref="One"/>, whose methods return at once.
/// </summary>
internal abstract unsafe class Ranks : IDisposable
{
    /// <summary>Bytes of rows up to which every rank has a table whole; a larger one is spread over the ranks.</summary>
    public const long DefaultReplicatedBytes = 16L << 20;

    /// <summary>Bytes of each rank that are sent to all at a time.</summary>
    private const int RoundBytes = 1 << 22;

    /// <summary>A process by itself.</summary>
    public static Ranks One { get; } = new OneRank();

    /// <summary>This one's number, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many there are, 1 or more.</summary>
    public abstract int Count { get; }

    public bool AreSeveral => Count > 1;

    /// <summary>Whether this is the one that writes files and speaks to the user.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Bytes of rows up to which every rank has a table whole; a larger one is spread over the ranks. Null: nobody has chosen, and the default holds.</summary>
    public long? ReplicatedBytes { get; set; }

    /// <summary>What this one has sent so far; nothing where it is alone.</summary>
    public RankTraffic Traffic { get; } = new();

    /// <summary>Each number becomes its sum over all ranks, to the same bits on each.</summary>
    public void Sum(Real* values, int count)
    {
        if (!AreSeveral) return;
        var start = Stopwatch.GetTimestamp();
        SumCore(values, count);
        Traffic.CountSum((long)count * sizeof(Real), start);
    }

    /// <summary>The same, but returns at once; the numbers are the sums after <see cref="FinishSum"/>, and are not to be touched before. Exchanges may come between, and one sum at a time is under way.</summary>
    public void StartSum(Real* values, int count)
    {
        if (!AreSeveral) return;
        var start = Stopwatch.GetTimestamp();
        StartSumCore(values, count);
        Traffic.CountSum((long)count * sizeof(Real), start);
    }

    /// <summary>Returns when the sum that was started is there.</summary>
    public void FinishSum()
    {
        if (!AreSeveral) return;
        var start = Stopwatch.GetTimestamp();
        FinishSumCore();
        Traffic.CountTime(start);
    }

    /// <inheritdoc cref="Sum(Real*, int)"/>
    public void Sum(Span<double> values)
    {
        if (!AreSeveral) return;
        var start = Stopwatch.GetTimestamp();
        SumCore(values);
        Traffic.CountSum((long)values.Length * sizeof(double), start);
    }

    /// <summary>Everyone gets what the first has.</summary>
    public void Broadcast(Span<byte> data)
    {
        if (!AreSeveral) return;
        var start = Stopwatch.GetTimestamp();
        BroadcastCore(data);
        Traffic.CountTime(start);
    }

    /// <summary>Everyone sends to everyone, itself included. All numbers are bytes, one for each rank: how many go there, and from where; how many come, and whereto. What is sent may be sent to several.</summary>
    public void Exchange(byte* sent, ReadOnlySpan<int> sentCounts, ReadOnlySpan<int> sentStarts, byte* received, ReadOnlySpan<int> counts, ReadOnlySpan<int> starts)
    {
        var start = Stopwatch.GetTimestamp();
        ExchangeCore(sent, sentCounts, sentStarts, received, counts, starts);
        var bytes = 0L;
        for (var rank = 0; rank < Count; rank++) bytes += rank == Rank ? 0 : sentCounts[rank];
        Traffic.CountExchange(bytes, start);
    }

    /// <summary>Returns when all have come here.</summary>
    public void Wait()
    {
        if (!AreSeveral) return;
        var start = Stopwatch.GetTimestamp();
        WaitCore();
        Traffic.CountTime(start);
    }

    /// <summary>Ends every rank's process with this code, for one that cannot go on.</summary>
    public abstract void Abort(int code);

    /// <summary>Everyone gets the first's text.</summary>
    public string Broadcast(string text)
    {
        if (!AreSeveral) return text;
        Span<byte> length = stackalloc byte[sizeof(int)];
        var data = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        Broadcast(length);
        Array.Resize(ref data, BinaryPrimitives.ReadInt32LittleEndian(length));
        Broadcast(data.AsSpan());
        return Encoding.UTF8.GetString(data);
    }

    /// <summary>Every rank's number, by rank.</summary>
    public double[] Each(double value)
    {
        var values = new double[Count];
        values[Rank] = value;
        Sum(values.AsSpan());
        return values;
    }

    /// <summary>Every rank's items, by rank.</summary>
    public T[][] Each<T>(T[] own)
        where T : unmanaged
    {
        if (!AreSeveral) return [own];
        T[][] all = [.. Each((double)own.Length).Select(length => new T[(long)length])];
        var most = RoundBytes / sizeof(T);
        int[] counts = new int[Count], starts = new int[Count], sent = new int[Count];
        var longest = all.Max(items => items.LongLength);
        using var received = new NativeBuffer<T>(Math.Min(most, longest) * Count);
        for (var first = 0L; first < longest; first += most)
        {
            for (var rank = 0; rank < Count; rank++)
            {
                counts[rank] = (int)Math.Clamp(all[rank].Length - first, 0, most) * sizeof(T);
                starts[rank] = rank == 0 ? 0 : starts[rank - 1] + counts[rank - 1];
            }

            sent.AsSpan().Fill(counts[Rank]);
            fixed (T* items = own) Exchange((byte*)(items + Math.Min(first, own.Length)), sent, new int[Count], (byte*)received.Pointer, counts, starts);
            for (var rank = 0; rank < Count; rank++) new ReadOnlySpan<byte>((byte*)received.Pointer + starts[rank], counts[rank]).CopyTo(MemoryMarshal.AsBytes(all[rank].AsSpan((int)Math.Min(first, all[rank].Length))));
        }

        return all;
    }

    /// <summary>Every rank's text, by rank.</summary>
    public string[] EachText(string own) => [.. Each(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];

    /// <summary>This one's part of so many things, in their order: equal shares, give or take one.</summary>
    public (long First, long Last) ShareOf(long count) => ShareOf(count, Rank);

    /// <summary>Everyone has filled in its share of the numbers, by <see cref="ShareOf(long)"/>, and gets all of them.</summary>
    public void Gather(Span<float> numbers)
    {
        if (!AreSeveral) return;
        Span<int> counts = stackalloc int[Count], starts = stackalloc int[Count], own = stackalloc int[Count], from = stackalloc int[Count];
        for (var rank = 0; rank < Count; rank++)
        {
            var (first, last) = ShareOf(numbers.Length, rank);
            counts[rank] = checked((int)((last - first) * sizeof(float)));
            starts[rank] = checked((int)(first * sizeof(float)));
        }

        own.Fill(counts[Rank]);
        from.Clear();
        var share = numbers.Slice(starts[Rank] / sizeof(float), counts[Rank] / sizeof(float)).ToArray();
        fixed (float* sent = share, received = numbers) Exchange((byte*)sent, own, from, (byte*)received, counts, starts);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    protected abstract void SumCore(Real* values, int count);

    protected abstract void SumCore(Span<double> values);

    /// <summary>Sums at once, where nothing can be under way beside.</summary>
    protected virtual void StartSumCore(Real* values, int count) => SumCore(values, count);

    protected virtual void FinishSumCore()
    {
    }

    protected abstract void BroadcastCore(Span<byte> data);

    protected abstract void ExchangeCore(byte* sent, ReadOnlySpan<int> sentCounts, ReadOnlySpan<int> sentStarts, byte* received, ReadOnlySpan<int> counts, ReadOnlySpan<int> starts);

    protected abstract void WaitCore();

    private (long First, long Last) ShareOf(long count, int rank) => (count * rank / Count, count * (rank + 1) / Count);

    private sealed class OneRank : Ranks
    {
        public override int Rank => 0;

        public override int Count => 1;

        public override void Abort(int code) => Environment.Exit(code);

        protected override void SumCore(Real* values, int count)
        {
        }

        protected override void SumCore(Span<double> values)
        {
        }

        protected override void BroadcastCore(Span<byte> data)
        {
        }

        protected override void ExchangeCore(byte* sent, ReadOnlySpan<int> sentCounts, ReadOnlySpan<int> sentStarts, byte* received, ReadOnlySpan<int> counts, ReadOnlySpan<int> starts)
            => Buffer.MemoryCopy(sent + sentStarts[0], received + starts[0], counts[0], sentCounts[0]);

        protected override void WaitCore()
        {
        }
    }
}
