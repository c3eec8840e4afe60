namespace AutoDim.Serving.Http;

/// <summary>The memory of all bodies under way together: callers who send slowly could otherwise fill it, each within its own limit.</summary>
internal sealed class BodyMemory(ServingOptions options)
{
    /// <summary>Bodies of the largest size that may be under way at once; small ones take little and are not counted.</summary>
    private const int LargestBodies = 16;
    private const long Least = 64 << 20;

    private long taken;

    /// <summary>Most bytes of all bodies.</summary>
    public long Most { get; } = Math.Max(Least, LargestBodies * (long)options.MaxBodyBytes);

    /// <summary>False where there is no room for so many more bytes now.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref taken, bytes) <= Most) return true;
        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref taken, -bytes);
}
