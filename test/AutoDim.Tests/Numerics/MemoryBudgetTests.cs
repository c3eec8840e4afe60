using System.Runtime.CompilerServices;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Numerics;

/// <summary>Alone, because a budget is the whole process's.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryBudgetTests
{
    private const long Room = 200_000_000;

    [Fact]
    public void Buffers_BeyondTheLimit_RefusedUntilOthersAreGone()
    {
        using var budget = new MemoryBudget(Settled() + Room, "take less");
        var first = new NativeBuffer<float>(30_000_000);
        var message = Should.Throw<AutoDimException>(() => new NativeBuffer<float>(30_000_000)).Message;
        message.ShouldContain("120 MB more are asked for");
        message.ShouldContain("in all else; take less. What was done until the last checkpoint is kept");
        first.Dispose();
        new NativeBuffer<float>(30_000_000).Dispose();
    }

    [Fact]
    public void Buffers_ThatNobodyDisposed_AreCollectedBeforeOthersAreRefused()
    {
        using var budget = new MemoryBudget(Settled() + Room, "take less");
        Forget();
        new NativeBuffer<float>(30_000_000).Dispose();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => _ = new NativeBuffer<float>(30_000_000);
    }

    /// <summary>The heap may grow to what buffers leave.</summary>
    [Fact]
    public void Heap_WhatBuffersLeave_IsItsLimit()
    {
        var before = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        using (new MemoryBudget(Settled() + (2 * Room), "take less"))
        {
            var alone = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            using var buffer = new NativeBuffer<byte>(Room);
            (alone - GC.GetGCMemoryInfo().TotalAvailableMemoryBytes).ShouldBeInRange(Room / 2, Room * 3 / 2);
            MemoryBudget.HeapProblem!.ShouldContain("is used up");
        }

        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes.ShouldBe(before);
        MemoryBudget.HeapProblem.ShouldBeNull();
    }

    /// <summary>What the process has, when nothing can be collected any more.</summary>
    private static long Settled()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet + GC.GetTotalMemory(forceFullCollection: true) + MemoryUse.Held;
    }
}
