using System.Diagnostics.CodeAnalysis;
using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Evaluation;
using AutoDim.Numerics;
using BenchmarkDotNet.Attributes;

namespace AutoDim.Bench;

/// <summary>The kernels that a step is made of, at the sizes of the criteo-like workload: batch 4096, one field of a million rows, 16 dimensions.</summary>
[SuppressMessage("Design", "CA1001", Justification = "BenchmarkDotNet derives from the class and calls its cleanup")]
public class KernelBenchmarks
{
    private const int Batch = 4096, Rows = 1_000_000, Dim = 16, Inputs = 624, Units = 400, Scores = 1_000_000;

    private readonly WorkerPool pool = WorkerPool.ForMachine();
    private readonly GemmScratch scratch = new();
    private readonly Field[] fields = [new("item", Rows)];
    private NativeBuffer<float> x = null!, weight = null!, y = null!;
    private TableSet set = null!;
    private EmbeddingTable table = null!;
    private IndexedBatch input = null!;
    private Tape tape = null!;
    private Tensor vectors = null!;
    private TableOptimizer adam = null!;
    private float[] scores = [], labels = [];

    [GlobalSetup]
    public void Prepare()
    {
        var random = new CounterRandom(3, 0xBE9C);
        (x, weight, y) = (new NativeBuffer<float>(Batch * Inputs), new NativeBuffer<float>(Inputs * Units), new NativeBuffer<float>(Batch * Units));
        for (var i = 0L; i < x.Length; i++) x[i] = (float)random.Normal(i);
        for (var i = 0L; i < weight.Length; i++) weight[i] = (float)random.Normal(i);
        set = new TableSet(pool);
        table = set.Add(0, "item", Rows, Dim);
        table.Initialise(0.01, random, pool);
        input = new IndexedBatch(fields, Batch);
        input.Batch.Size = Batch;
        for (var i = 0; i < Batch; i++) input.Batch.Columns[0].Rows[i] = (long)(Rows * Math.Pow(random.Uniform(i), 3)); // a long tail
        input.Batch.Columns[0].Count = Batch;
        input.Index(pool);
        tape = new Tape(pool, 1);
        Gather();
        vectors.EnsureGradient();
        for (var i = 0L; i < vectors.Length; i++) SetGradient(i, (float)random.Normal(i));
        adam = TableOptimizer.Create(set, new TableOptimizerOptions());
        (scores, labels) = (new float[Scores], new float[Scores]);
        for (var i = 0; i < Scores; i++) (scores[i], labels[i]) = ((float)random.Normal(i), random.Below(i, 4) == 0 ? 1 : 0);
    }

    [GlobalCleanup]
    public void Release()
    {
        adam.Dispose();
        tape.Dispose();
        input.Dispose();
        table.Dispose();
        foreach (var buffer in (NativeBuffer<float>[])[x, weight, y]) buffer.Dispose();
        scratch.Dispose();
        pool.Dispose();
    }

    [Benchmark(Description = "matrix product 4096 × 624 × 400")]
    public unsafe void Product()
        => Gemm.Multiply(pool, scratch, new MatrixView(x.Pointer, Batch, Inputs, Inputs), new MatrixView(weight.Pointer, Inputs, Units, Units), new MatrixView(y.Pointer, Batch, Units, Units));

    [Benchmark(Description = "distinct rows of a batch of 4096")]
    public void DistinctRows() => input.Index(pool);

    [Benchmark(Description = "gather of a batch of 4096 from a million rows of 16")]
    public void Gather()
    {
        tape.Reset();
        vectors = Embeddings.Gather.Reserve(tape, table, input.Fields[0]);
        Embeddings.Gather.Fill(table, input, vectors);
    }

    [Benchmark(Description = "lazy Adam on a batch's rows")]
    public void LazyAdam() => adam.Update(tape.Lookups, 1);

    [Benchmark(Description = "exact AUC of a million scores")]
    public double Evaluate() => Auc.Compute(scores, labels);

    private unsafe void SetGradient(long i, float value) => vectors.Gradient[i] = value;
}
