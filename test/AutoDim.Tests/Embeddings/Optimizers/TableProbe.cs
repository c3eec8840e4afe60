using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;

namespace AutoDim.Tests.Embeddings.Optimizers;

/// <summary>One table under an optimiser, stepped by given gradients of given rows.</summary>
internal sealed unsafe class TableProbe : IDisposable
{
    public const int Rows = 6, Dim = 3;

    private readonly WorkerPool pool = new(2);
    private readonly Tape tape;
    private readonly IndexedBatch input;
    private readonly EmbeddingTable table;

    public TableProbe(TableOptimizerOptions options)
    {
        tape = new Tape(pool, 1);
        input = new IndexedBatch([new Field("id", Rows)], Rows);
        var set = new TableSet(pool);
        table = set.Add(0, "id", Rows, Dim);
        table.Initialise(0.5, new CounterRandom(3, 3), pool);
        Optimizer = TableOptimizer.Create(set, options);
    }

    public TableOptimizer Optimizer { get; }

    public Real[] Weights => table.Weights.AsSpan().ToArray();

    public void CopyWeightsTo(TableProbe other) => Weights.CopyTo(other.table.Weights.AsSpan());

    /// <summary>A gradient for a row at a step, the same for every probe.</summary>
    public static double Gradient(int step, long row, int k) => 0.3 * Math.Sin((step * 1.7) + (row * 2.3) + (k * 0.9));

    public double SquaredNorm(int step, long[] rows)
    {
        LookUp(step, rows);
        return Optimizer.SquaredGradientNorm(tape.Lookups);
    }

    public void Step(int step, long[] rows, double scale = 1)
    {
        LookUp(step, rows);
        Optimizer.Update(tape.Lookups, scale);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        table.Dispose();
        input.Dispose();
        tape.Dispose();
        pool.Dispose();
    }

    private void LookUp(int step, long[] rows)
    {
        rows.CopyTo(input.Batch.Columns[0].Rows.AsSpan());
        input.Batch.Size = rows.Length;
        input.Index(pool);
        Optimizer.CatchUp(input);
        tape.Reset();
        var vectors = Gather.Reserve(tape, table, input.Fields[0]);
        Gather.Fill(table, input, vectors);
        vectors.EnsureGradient();
        for (var u = 0; u < vectors.Rows; u++)
        {
            for (var k = 0; k < Dim; k++) vectors.GradientRow(u)[k] = (Real)Gradient(step, rows[u], k);
        }
    }
}
