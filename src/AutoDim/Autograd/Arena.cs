using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Memory for the tensors of one step. Blocks are added while a step does not fit; the next reset replaces them by one block
/// of their sum, so from the second step of a size on nothing is allocated.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    private const long FirstBlock = 1 << 16;
    private const long Alignment = 64;

    private readonly List<NativeBuffer<byte>> blocks = [];
    private long used;

    /// <summary>Bytes held.</summary>
    public long Capacity => blocks.Sum(block => block.Length);

    /// <summary>Memory for so many numbers, aligned to 64 bytes, not cleared.</summary>
    public Real* Take(long length) => (Real*)TakeBytes(length * sizeof(Real));

    /// <summary>Memory for so many 32-bit integers, aligned to 64 bytes, not cleared.</summary>
    public int* TakeIntegers(long length) => (int*)TakeBytes(length * sizeof(int));

    public void Reset()
    {
        if (blocks.Count > 1)
        {
            var capacity = Capacity;
            Dispose();
            blocks.Add(new NativeBuffer<byte>(capacity));
        }

        used = 0;
    }

    public void Dispose()
    {
        foreach (var block in blocks) block.Dispose();
        blocks.Clear();
    }

    private byte* TakeBytes(long bytes)
    {
        bytes = (bytes + Alignment - 1) & -Alignment;
        if (blocks.Count == 0 || used + bytes > blocks[^1].Length)
        {
            var previous = blocks.Count == 0 ? FirstBlock : blocks[^1].Length;
            blocks.Add(new NativeBuffer<byte>(Math.Max(bytes, 2 * previous)));
            used = 0;
        }

        var start = blocks[^1].Pointer + used;
        used += bytes;
        return start;
    }
}
