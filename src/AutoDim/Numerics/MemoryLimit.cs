namespace AutoDim.Numerics;

/// <summary>
/// A limit to the native memory that this thread takes while it makes something by sizes that a file tells, until disposed: sizes in files are
/// not to be trusted.
/// </summary>
internal sealed class MemoryLimit : IDisposable
{
    [ThreadStatic]
    private static MemoryLimit? current;

    private readonly MemoryLimit? outer;
    private readonly string problem;
    private long left;

    /// <param name="bytes">Most bytes.</param>
    /// <param name="problem">What is said where they do not do.</param>
    public MemoryLimit(long bytes, string problem)
    {
        (left, this.problem, outer) = (bytes, problem, current);
        current = this;
    }

    /// <summary>Called before memory is taken.</summary>
    /// <exception cref="AutoDimException">There is a limit and this would exceed it.</exception>
    public static void Take(long length, int size)
    {
        if (current is not { } limit) return;
        if (length > limit.left / size) throw new AutoDimException(limit.problem);
        limit.left -= length * size;
    }

    public void Dispose() => current = outer;
}
