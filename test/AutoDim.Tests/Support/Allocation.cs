namespace AutoDim.Tests.Support;

internal static class Allocation
{
    private const int Rounds = 5;

    /// <summary>Bytes that an action, once warm, allocates on this thread: the least of a few rounds, as the runtime now and then allocates for itself.</summary>
    public static long Of(Action action)
    {
        action();
        return Enumerable.Range(0, Rounds).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
