namespace AutoDim.Numerics;

/// <summary>Native memory for what has another length each time: it grows to the largest and is used again.</summary>
internal sealed unsafe class ReusedBuffer<T> : IDisposable
    where T : unmanaged
{
    private NativeBuffer<T> memory = new(0);

    public T* Pointer => memory.Pointer;

    /// <summary>Room for so many; what was there is lost where it had to grow.</summary>
    public T* Reserve(long length)
    {
        if (length <= memory.Length) return memory.Pointer;
        memory.Dispose();
        memory = new NativeBuffer<T>(Math.Max(length, 2 * memory.Length));
        return memory.Pointer;
    }

    public void Dispose() => memory.Dispose();
}
