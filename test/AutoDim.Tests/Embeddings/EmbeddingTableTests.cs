using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class EmbeddingTableTests
{
    [Fact]
    public void Initialise_AnyThreadCount_SameNormalNumbers()
    {
        var one = Numbers(1);
        Numbers(3).ShouldBe(one);
        var deviation = Math.Sqrt(one.Average(x => (double)x * x));
        deviation.ShouldBe(0.1, 0.1 * 5 / Math.Sqrt(2 * one.Length));

        static Real[] Numbers(int threads)
        {
            using var pool = new WorkerPool(threads);
            using var table = new EmbeddingTable(0, 0, "embedding.user", 5000, 7);
            table.Initialise(0.1, new CounterRandom(1, 1), pool);
            return table.Weights.AsSpan().ToArray();
        }
    }

    [Fact]
    public void Initialise_OtherNames_OtherNumbers()
    {
        using var pool = new WorkerPool(1);
        using EmbeddingTable a = new(0, 0, "embedding.user", 10, 4), b = new(0, 0, "embedding.item", 10, 4);
        a.Initialise(0.1, new CounterRandom(1, 1), pool);
        b.Initialise(0.1, new CounterRandom(1, 1), pool);
        a.Weights.AsSpan().SequenceEqual(b.Weights.AsSpan()).ShouldBeFalse();
    }

    [Fact]
    public void Constructor_MoreNumbersThanCounted_Refused() => Should.Throw<OverflowException>(() => new EmbeddingTable(0, 0, "t", long.MaxValue / 2, 3));

    /// <summary>Looks up and updates the last rows of a table of 8.6 GB, of which only the touched pages are ever committed.</summary>
    [Fact, Trait("Category", "Slow")]
    public void Update_RowsAboveTwoToThe31_MovesThoseAlone()
    {
        const long Rows = (1L << 31) + 10;
        using var pool = new WorkerPool(2);
        var set = new TableSet(pool);
        EmbeddingTable table;
        try
        {
            table = set.Add(0, "embedding.id", Rows, 1);
        }
        catch (OutOfMemoryException)
        {
            Assert.Skip("this machine does not reserve 8.6 GB of address space");
            return;
        }

        using (table)
        using (var optimizer = TableOptimizer.Create(set, new TableOptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 1 }))
        using (var tape = new Tape(pool, 1))
        using (var input = new IndexedBatch([new Field("id", Rows)], 3))
        {
            *table.Row(Rows - 1) = 4;
            long[] rows = [Rows - 1, 5, Rows - 6];
            rows.CopyTo(input.Batch.Columns[0].Rows.AsSpan());
            input.Batch.Size = 3;
            input.Index(pool);
            var vectors = Gather.Reserve(tape, table, input.Fields[0]);
            Gather.Fill(table, input, vectors);
            vectors[0, 0].ShouldBe(4);
            vectors.EnsureGradient();
            (vectors.Gradient[0], vectors.Gradient[1], vectors.Gradient[2]) = (1, 2, 3);
            optimizer.Update(tape.Lookups, 1);
            ((double)*table.Row(Rows - 1)).ShouldBe(3);
            ((double)*table.Row(5)).ShouldBe(-2);
            ((double)*table.Row(Rows - 6)).ShouldBe(-3);
            ((double)*table.Row(4)).ShouldBe(0); // where row 2^31 + 4 would fall in 32 bits
            ((long)table.Row(Rows - 1) - (long)table.Row(0)).ShouldBe((Rows - 1) * sizeof(Real));
        }
    }
}
