namespace AutoDim.Numerics;

/// <summary>Memory that matrix products pack their operands into, grown as needed and used again; one caller at a time.</summary>
internal sealed unsafe class GemmScratch : IDisposable
{
    private NativeBuffer<Real>? packedB;
    private NativeBuffer<Real>?[] blocks = [];

    /// <summary>The product under way; the state of its parallel loops.</summary>
    public GemmCall Call { get; } = new();

    public Real* PackedB(long length) => Grow(ref packedB, length);

    /// <summary>Makes room for every worker's block of A and an edge tile.</summary>
    public void ReserveBlocks(int workers, long length)
    {
        if (blocks.Length < workers) Array.Resize(ref blocks, workers);
        for (var worker = 0; worker < workers; worker++) Grow(ref blocks[worker], length);
    }

    public Real* Block(int worker) => blocks[worker]!.Pointer;

    public void Dispose()
    {
        packedB?.Dispose();
        foreach (var block in blocks) block?.Dispose();
    }

    private static Real* Grow(ref NativeBuffer<Real>? buffer, long length)
    {
        if (buffer == null || buffer.Length < length)
        {
            // Lengths follow a batch's distinct rows, which vary: room to spare, or every new maximum would allocate again.
            var spared = buffer == null ? length : 2 * length;
            buffer?.Dispose();
            buffer = new NativeBuffer<Real>(spared);
        }

        return buffer.Pointer;
    }
}
