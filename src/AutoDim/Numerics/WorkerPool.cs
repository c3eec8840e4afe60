using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AutoDim.Numerics;

/// <summary>
/// Persistent threads that share the chunks of one loop. Which thread runs a chunk is decided as they come free, so a body
/// must give the same result whoever runs it; chunk boundaries depend on the loop alone, never on the thread count.
/// The caller works too, and returns when every chunk is done, whether or not every thread came to help: on a busy machine nobody
/// waits for a thread that has nothing to do. No allocation after construction.
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
    private int remaining;
    private int finished;
    private volatile bool stopping;
    private ParallelJobs? jobs;
    private ExceptionDispatchInfo? failure;

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

    /// <summary>The processes that this one, with these threads, works with.</summary>
    public Ranks Ranks { get; init; } = Ranks.One;

    /// <summary>Where tables that are trained and their optimiser's state lie in files; null: they lie in memory.</summary>
    public string? TableFolder { get; init; }

    /// <summary>Jobs that run side by side where they do not need each other, each with its share of the threads; default 1.</summary>
    public int JobsAtATime { get; init; } = 1;

    /// <summary>This pool's threads shared out among <see cref="JobsAtATime"/>. While jobs run there, the pool itself rests.</summary>
    public ParallelJobs Jobs => jobs ??= new ParallelJobs(this, JobsAtATime);

    /// <summary>A pool with every core of this machine.</summary>
    public static WorkerPool ForMachine() => new(Environment.ProcessorCount);

    /// <summary>
    /// Runs <paramref name="body"/>(state, first, last) over [0, count) in chunks of <paramref name="grain"/>.
    /// Pass a static lambda: a closure would allocate. The first exception of a chunk is thrown here, as it was, once all threads rest.
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
        jobs?.Dispose();
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
        chunks = (int)(((long)count + this.grain - 1) / this.grain);
        if (chunks == 1 || threads.Length == 0)
        {
            for (var chunk = 0; chunk < chunks; chunk++) RunChunk(chunk, 0);
            return;
        }

        finished = 0;
        Volatile.Write(ref remaining, chunks); // everything above is visible to a worker that takes a chunk
        for (var i = 0; i < threads.Length; i++)
        {
            if (Interlocked.Exchange(ref sleeping[i], 0) == 1) wake[i].Release();
        }

        RunChunks(0);
        var spinner = default(SpinWait);
        while (Volatile.Read(ref finished) != chunks) spinner.SpinOnce(sleep1Threshold: -1);
        if (failure is { } thrown)
        {
            failure = null;
            thrown.Throw();
        }
    }

    /// <summary>Runs chunks until none is left; false where there was none.</summary>
    private bool RunChunks(int worker)
    {
        var any = false;
        for (; TryTake(out var chunk); any = true)
        {
            try
            {
                RunChunk(chunk, worker);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
                Interlocked.Add(ref finished, Interlocked.Exchange(ref remaining, 0)); // nobody starts another
            }

            Interlocked.Increment(ref finished);
        }

        return any;
    }

    /// <summary>
    /// Takes a chunk of the loop under way. The loop cannot end before the chunk is done, so what describes the loop is read
    /// after taking; a worker that comes too late takes nothing and keeps nobody waiting.
    /// </summary>
    private bool TryTake(out int chunk)
    {
        var left = Volatile.Read(ref remaining);
        while (left > 0)
        {
            var seen = Interlocked.CompareExchange(ref remaining, left - 1, left);
            if (seen == left)
            {
                chunk = chunks - left;
                return true;
            }

            left = seen;
        }

        chunk = 0;
        return false;
    }

    private void RunChunk(int chunk, int worker)
    {
        var first = chunk * grain;
        invoke(this, first, (int)Math.Min((long)first + grain, count), worker);
    }

    private void Work(int worker)
    {
        var spins = 0;
        while (!stopping)
        {
            if (RunChunks(worker)) spins = 0;
            else if (spins++ < SpinsBeforeSleep) Thread.SpinWait(20);
            else Sleep(worker - 1);
        }
    }

    private void Sleep(int slot)
    {
        Volatile.Write(ref sleeping[slot], 1);
        Interlocked.MemoryBarrier();
        // Either this thread sees the new loop and takes its mark back, or the caller saw the mark and will wake it.
        if ((Volatile.Read(ref remaining) > 0 || stopping) && Interlocked.Exchange(ref sleeping[slot], 0) == 1) return;
        wake[slot].Wait();
    }
}
