using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>A field's weights: one row of <see cref="Dim"/> numbers per value, in native memory with 64-bit offsets.</summary>
internal sealed unsafe class EmbeddingTable : IDisposable
{
    public EmbeddingTable(int index, int field, string name, long rows, int dim)
    {
        Index = index;
        Field = field;
        Name = name;
        Rows = rows;
        Dim = dim;
        Weights = new NativeBuffer<Real>(checked(rows * dim));
    }

    /// <summary>Position among its model's tables.</summary>
    public int Index { get; }

    /// <summary>Index of the field whose values the rows are.</summary>
    public int Field { get; }

    /// <summary>Unique within a model; the key in checkpoints and exports.</summary>
    public string Name { get; }

    public long Rows { get; }

    public int Dim { get; }

    public NativeBuffer<Real> Weights { get; }

    public long Parameters => Rows * Dim;

    public Real* Row(long row) => Weights.Pointer + (row * Dim);

    /// <summary>Fills with normal numbers of mean 0; drawn in parallel, the same whatever the threads.</summary>
    public void Initialise(double deviation, CounterRandom random, WorkerPool pool)
    {
        const int Block = 1 << 14;
        var stream = random.Fork(Autograd.Parameter.StableHash(Name));
        var blocks = (int)((Parameters + Block - 1) / Block);
        pool.For(blocks, 1, new Fill(this, deviation, stream), static (fill, first, last) =>
        {
            for (var i = (long)first * Block; i < Math.Min((long)last * Block, fill.Table.Parameters); i++)
            {
                fill.Table.Weights[i] = (Real)(fill.Deviation * fill.Stream.Normal(i));
            }
        });
    }

    public void Dispose() => Weights.Dispose();

    private sealed record Fill(EmbeddingTable Table, double Deviation, CounterRandom Stream);
}
