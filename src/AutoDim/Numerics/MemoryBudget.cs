using System.Globalization;

namespace AutoDim.Numerics;

/// <summary>
/// A limit to the memory of this process, kept to while it works, until disposed. Native buffers are counted before they are made; the managed heap
/// may grow to what they leave of it. Not counted are mapped files, which the system takes from memory when it is wanted for something else, and
/// what native libraries of others take.
/// </summary>
internal sealed class MemoryBudget : IDisposable
{
    /// <summary>The runtime reads it when it is told to look again for limits.</summary>
    private const string HeapSetting = "GCHeapHardLimit";

    /// <summary>The heap's limit falls after each such share of the whole that buffers take: each time it is collected.</summary>
    private const int Shares = 8;

    /// <summary>What the heap has is left to it, and this beside: it must not find itself beyond its limit.</summary>
    private const long HeapMargin = 32 << 20;

    private static MemoryBudget? current;

    private readonly long limit, atStart;
    private readonly string advice;
    private readonly Lock changing = new();
    private long heldThen;

    /// <param name="bytes">Most bytes.</param>
    /// <param name="advice">What makes the command take less, a clause.</param>
    public MemoryBudget(long bytes, string advice)
    {
        (limit, this.advice, atStart) = (bytes, advice, Environment.WorkingSet);
        current = this;
        LimitHeap(0);
    }

    /// <summary>What to tell where the heap found no room; null: there is no limit of ours.</summary>
    public static string? HeapProblem => current is { } budget ? $"the memory of --memory {Show(budget.limit)} is used up: {Show(MemoryUse.Held)} are held in tables, optimisers' state and activations, and the rest found no room beside them; {budget.advice}" : null;

    /// <summary>Called before a native buffer is made.</summary>
    /// <exception cref="AutoDimException">There is no room for it.</exception>
    public static void Take(long bytes) => current?.Check(bytes);

    public void Dispose()
    {
        current = null;
        AppContext.SetData(HeapSetting, 0UL);
        GC.RefreshMemoryLimit();
    }

    private static long Heap => GC.GetTotalMemory(forceFullCollection: false);

    private void Check(long bytes)
    {
        using var one = changing.EnterScope();
        if (Taken(bytes) > limit) Collect(); // buffers that nobody disposed, and garbage
        if (Taken(bytes) > limit)
        {
            throw new AutoDimException($"the memory of --memory {Show(limit)} is used up: {Show(bytes)} more are asked for, {Show(MemoryUse.Held)} are held in tables, optimisers' state and activations, {Show(Heap + atStart)} in all else; {advice}. What was done until the last checkpoint is kept");
        }

        var held = MemoryUse.Held + bytes;
        if (held - heldThen < limit / Shares) return;
        heldThen = held;
        Collect();
        LimitHeap(held);
    }

    private long Taken(long bytes) => atStart + MemoryUse.Held + bytes + Heap;

    private void LimitHeap(long held)
    {
        var room = limit - atStart - held;
        AppContext.SetData(HeapSetting, (ulong)Math.Max(room, Math.Max(Heap, GC.GetGCMemoryInfo().TotalCommittedBytes) + HeapMargin));
        GC.RefreshMemoryLimit();
    }

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
    }

    private static string Show(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N0} MB");
}
