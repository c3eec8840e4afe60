namespace AutoDim.Tests.Support;

/// <summary>
/// Holds code to taking no managed memory. The least of several rounds counts: a collection that falls into a round blurs the
/// runtime's count by a few kilobytes, the runner's own threads allocate, and a larger batch than any before may still grow a buffer.
/// </summary>
internal static class Allocations
{
    private const int Rounds = 20;

    public static void ShouldBeNone(Action action, string? what = null) => Least(action, GC.GetAllocatedBytesForCurrentThread).ShouldBe(0, what);

    /// <summary>On any thread; for tests that run <see cref="Alone"/>.</summary>
    public static void ShouldBeNoneAnywhere(Action action)
    {
        ShouldBeNone(action);
        Least(action, static () => GC.GetTotalAllocatedBytes(precise: true)).ShouldBe(0);
    }

    private static long Least(Action action, Func<long> allocated)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = allocated();
            action();
            least = Math.Min(least, allocated() - before);
        }

        return least;
    }
}
