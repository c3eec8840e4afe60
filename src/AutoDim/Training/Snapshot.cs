using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>A copy of arrays in memory, to go back to.</summary>
internal sealed unsafe class Snapshot(IReadOnlyList<NamedArray> arrays) : IDisposable
{
    private readonly NativeBuffer<byte>[] copies = [.. arrays.Select(array => new NativeBuffer<byte>(array.OwnBytes))];

    public void Take()
    {
        for (var i = 0; i < copies.Length; i++) Buffer.MemoryCopy((void*)arrays[i].Address, copies[i].Pointer, copies[i].Length, arrays[i].OwnBytes);
    }

    public void Restore()
    {
        for (var i = 0; i < copies.Length; i++) Buffer.MemoryCopy(copies[i].Pointer, (void*)arrays[i].Address, arrays[i].OwnBytes, copies[i].Length);
    }

    public void Dispose()
    {
        foreach (var copy in copies) copy.Dispose();
    }
}
