using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Reverse-mode differentiation over row-major matrices. A forward pass records operations; <see cref="Backward"/> runs them
/// in reverse. Operations and tensors are recycled by position: a model repeats its sequence each step, so after the first
/// step nothing is allocated. Results are bit-identical for a seed, whatever the number of threads.
/// </summary>
public sealed unsafe class Tape : IDisposable
{
    private readonly Arena arena = new();
    private readonly List<Operation> operations = [];
    private readonly List<Tensor> tensors = [];
    private readonly SerialGemm[] serial;
    private readonly bool ownsPool;
    private int operationCount;
    private int tensorCount;

    /// <param name="threads">Threads the operations use, the caller's included; 0 for every core.</param>
    /// <param name="seed">Seed of the random numbers drawn by operations (dropout).</param>
    public Tape(int threads = 0, ulong seed = 0)
        : this(new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads), seed, ownsPool: true)
    {
    }

    internal Tape(WorkerPool pool, ulong seed)
        : this(pool, seed, ownsPool: false)
    {
    }

    private Tape(WorkerPool pool, ulong seed, bool ownsPool)
    {
        Pool = pool;
        this.ownsPool = ownsPool;
        Random = new CounterRandom(seed, 0x7A9E);
        Scratch = new GemmScratch();
        serial = [.. Enumerable.Range(0, pool.ThreadCount).Select(_ => new SerialGemm())];
    }

    /// <summary>Training: gradients are recorded, dropout draws, BatchNorm uses the batch. Otherwise none of these.</summary>
    public bool IsTraining { get; set; } = true;

    /// <summary>Whether BatchNorm layers move their running statistics; off for passes that only probe a gradient.</summary>
    public bool UpdatesStatistics { get; set; } = true;

    /// <summary>Whether BatchNorm normalises a rank's share of the batch by that share's own statistics; else by the whole batch's.</summary>
    internal bool NormalisesShares { get; init; }

    /// <summary>Whether table rows take part without a gradient, as in a pass that asks for the architecture weights' alone.</summary>
    internal bool TablesFrozen { get; set; }

    /// <summary>Whether the pass is to become a graph: looked-up rows are then told though nothing trains.</summary>
    internal bool IsTraced { get; init; }

    /// <summary>Where passes that only score keep what they made of weights alone; null: nowhere. Whoever gives it forgets it when weights change, and disposes it.</summary>
    internal KeptWeights? Kept { get; init; }

    /// <summary>Where a pass keeps a weight that stays as it is in the form that products want; null: nowhere, or it changes.</summary>
    internal KeptWeights? KeptOf(Tensor weight) => Kept is { } kept && (weight is Parameter || kept.Holds(weight.Value)) ? kept : null;

    /// <summary>The training step; with the seed it decides what dropout draws.</summary>
    public long Step { get; set; }

    /// <summary>The samples that the pass is of: their places in the whole batch decide, too, what dropout draws.</summary>
    internal Data.Batch? Batch { get; set; }

    internal WorkerPool Pool { get; }

    /// <summary>Told what runs; null, unless a benchmark asks.</summary>
    internal StepClock? Clock { get; set; }

    internal GemmScratch Scratch { get; }

    /// <summary>Matrix products for a worker of the pool's loop.</summary>
    internal SerialGemm Serial(int worker) => serial[worker];

    internal ColumnSum ColumnSum { get; } = new();

    internal CounterRandom Random { get; }

    /// <summary>What the pass recorded, in order.</summary>
    internal IEnumerable<Operation> Operations => operations.Take(operationCount);

    /// <summary>Bytes of the arena: activations and their gradients.</summary>
    internal long ActivationBytes => arena.Capacity;

    /// <summary>Index of the operation being recorded; distinguishes the random streams within a step.</summary>
    internal int OperationIndex => operationCount;

    /// <summary>Forgets the recorded pass and gives its memory to the next one.</summary>
    public void Reset()
    {
        operationCount = 0;
        tensorCount = 0;
        Lookups.Clear();
        arena.Reset();
    }

    /// <summary>Computes the gradients of a scalar loss (1 × 1) for everything it was computed from.</summary>
    public void Backward(Tensor loss)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(loss.Length, 1);
        loss.BeginGradient();
        loss.Gradient[0] = 1;
        for (var i = operationCount - 1; i >= 0; i--)
        {
            Clock?.Begin(operations[i], backward: true);
            operations[i].Backward();
        }
    }

    public void Dispose()
    {
        arena.Dispose();
        Scratch.Dispose();
        foreach (var products in serial) products.Dispose();
        if (ownsPool) Pool.Dispose();
    }

    /// <summary>A tensor of this step, its value not cleared; with a gradient while training.</summary>
    internal Tensor NewTensor(int rows, int columns)
    {
        var length = (long)rows * columns;
        var value = arena.Take(length);
        return Track(rows, columns, value, IsTraining ? arena.Take(length) : null);
    }

    /// <summary>The rows of tables that this pass looked up; what a table optimiser updates.</summary>
    internal List<TableLookup> Lookups { get; } = [];

    /// <summary>A tensor without a gradient.</summary>
    internal Tensor NewConstant(int rows, int columns) => Track(rows, columns, arena.Take((long)rows * columns), null);

    /// <summary>A tensor without a gradient over memory that is somebody's.</summary>
    internal Tensor NewConstant(int rows, int columns, Real* value) => Track(rows, columns, value, null);

    /// <summary>Scratch memory until the next reset, not cleared.</summary>
    internal Real* NewScratch(long length) => arena.Take(length);

    /// <summary>Likewise for integers.</summary>
    internal int* NewIntegers(long length) => arena.TakeIntegers(length);

    /// <summary>Adds an operation to the recording, an object of an earlier step where there is one.</summary>
    internal TOperation Record<TOperation>()
        where TOperation : Operation, new()
    {
        var position = operationCount++;
        if (position == operations.Count) operations.Add(new TOperation());
        if (operations[position] is not TOperation operation) operations[position] = operation = new TOperation();
        Clock?.Begin(operation);
        return operation;
    }

    /// <summary>Sums what all ranks' shares of the batch contribute.</summary>
    internal void SumOverRanks(Real* values, int count) => Pool.Ranks.Sum(values, count);

    /// <summary>Where a tensor's rows, so many for each sample, begin among those of the whole batch.</summary>
    internal long FirstRow(Tensor tensor) => Batch is { First: > 0, Size: > 0 } share ? (long)share.First * tensor.Rows / share.Size : 0;

    private Tensor Track(int rows, int columns, Real* value, Real* gradient)
    {
        if (tensorCount == tensors.Count) tensors.Add(new Tensor());
        var tensor = tensors[tensorCount++];
        tensor.Place(rows, columns, value, gradient);
        return tensor;
    }
}
