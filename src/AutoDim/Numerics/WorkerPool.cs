using System.Runtime.CompilerServices;

namespace AutoDim.Numerics;

/// <summary>
/// Persistent threads that share the chunks of one loop. Which thread runs a chunk is decided as they come free, so a body
/// must give the same result whoever runs it; chunk boundaries depend on the loop alone, never on the thread count.
/// The caller works too, and returns when every chunk is done. No allocation after construction.
/// One loop at a time; a pool belongs to one caller.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] threads;
    private readonly SemaphoreSlim[] wake;
    private readonly int[] sleeping;
    private object? state;
    private Delegate? body;
    private delegate*<WorkerPool, int, int, int, void> invoke;
    private int count;
    private int grain;
    private int chunks;
    private int nextChunk;
    private int pending;
    private volatile int generation;
    private volatile bool stopping;
    private Exception? failure;

    /// <param name="threadCount">Threads that work, the caller included; 1 or more.</param>
    public WorkerPool(int threadCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        ThreadCount = threadCount;
        threads = new Thread[threadCount - 1];
        wake = new SemaphoreSlim[threads.Length];
        sleeping = new int[threads.Length];
        for (var i = 0; i < threads.Length; i++)
        {
            var worker = i + 1;
            wake[i] = new SemaphoreSlim(0);
            threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"AutoDim worker {worker}" };
            threads[i].Start();
        }
    }

    public int ThreadCount { get; }

    /// <summary>A pool with every core of this machine.</summary>
    public static WorkerPool ForMachine() => new(Environment.ProcessorCount);

    /// <summary>
    /// Runs <paramref name="body"/>(state, first, last) over [0, count) in chunks of <paramref name="grain"/>.
    /// Pass a static lambda: a closure would allocate.
    /// </summary>
    public void For<TState>(int count, int grain, TState state, Action<TState, int, int> body)
        where TState : class
        => Run(count, grain, state, body, &InvokeRange<TState>);

    /// <summary>As <see cref="For{TState}(int,int,TState,Action{TState,int,int})"/>; the body also gets the worker's number, for scratch memory.</summary>
    public void For<TState>(int count, int grain, TState state, Action<TState, int, int, int> body)
        where TState : class
        => Run(count, grain, state, body, &InvokeRangeOnWorker<TState>);

    public void Dispose()
    {
        stopping = true;
        foreach (var semaphore in wake) semaphore.Release();
        foreach (var thread in threads) thread.Join();
        foreach (var semaphore in wake) semaphore.Dispose();
    }

    private static void InvokeRange<TState>(WorkerPool pool, int first, int last, int worker)
        where TState : class
        => Unsafe.As<Action<TState, int, int>>(pool.body!)(Unsafe.As<TState>(pool.state!), first, last);

    private static void InvokeRangeOnWorker<TState>(WorkerPool pool, int first, int last, int worker)
        where TState : class
        => Unsafe.As<Action<TState, int, int, int>>(pool.body!)(Unsafe.As<TState>(pool.state!), first, last, worker);

    private void Run(int count, int grain, object state, Delegate body, delegate*<WorkerPool, int, int, int, void> invoke)
    {
        if (count <= 0) return;
        this.state = state;
        this.body = body;
        this.invoke = invoke;
        this.count = count;
        this.grain = Math.Max(1, grain);
        chunks = (count + this.grain - 1) / this.grain;
        nextChunk = 0;
        if (chunks == 1 || threads.Length == 0)
        {
            RunChunks(0);
        }
        else
        {
            pending = threads.Length;
            generation++; // volatile: everything above is visible to a worker that sees it
            for (var i = 0; i < threads.Length; i++)
            {
                if (Interlocked.Exchange(ref sleeping[i], 0) == 1) wake[i].Release();
            }

            RunChunks(0);
            var spinner = default(SpinWait);
            while (Volatile.Read(ref pending) != 0) spinner.SpinOnce(sleep1Threshold: -1);
        }

        if (failure is { } thrown)
        {
            failure = null;
            throw new AggregateException(thrown);
        }
    }

    private void RunChunks(int worker)
    {
        try
        {
            while (true)
            {
                var chunk = Interlocked.Increment(ref nextChunk) - 1;
                if (chunk >= chunks) return;
                var first = chunk * grain;
                invoke(this, first, (int)Math.Min((long)first + grain, count), worker);
            }
        }
        catch (Exception exception) when (threads.Length > 0)
        {
            Interlocked.CompareExchange(ref failure, exception, null);
            Volatile.Write(ref nextChunk, chunks);
        }
    }

    private void Work(int worker)
    {
        var slot = worker - 1;
        var seen = 0;
        while (true)
        {
            WaitForLoop(slot, seen);
            if (stopping) return;
            seen = generation;
            RunChunks(worker);
            Interlocked.Decrement(ref pending);
        }
    }

    private void WaitForLoop(int slot, int seen)
    {
        for (var spin = 0; spin < SpinsBeforeSleep; spin++)
        {
            if (generation != seen || stopping) return;
            Thread.SpinWait(20);
        }

        while (generation == seen && !stopping)
        {
            Volatile.Write(ref sleeping[slot], 1);
            Interlocked.MemoryBarrier();
            // Either this thread sees the new loop and takes its mark back, or the caller saw the mark and will wake it.
            if ((generation != seen || stopping) && Interlocked.Exchange(ref sleeping[slot], 0) == 1) return;
            wake[slot].Wait();
        }
    }
}
