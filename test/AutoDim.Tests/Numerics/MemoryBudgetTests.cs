using System.Collections.Concurrent;
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

    /// <summary>As trainings side by side do it, each in a thread of its own. Among the large blocks are small ones that stay: what the C library's allocator has between them it would keep.</summary>
    [Fact]
    public void Buffers_DisposedInManyThreads_GoBackToTheSystem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "where blocks are the system's");
        Settled();
        var before = Environment.WorkingSet;
        var stay = new ConcurrentBag<NativeBuffer<byte>>();
        for (var round = 0; round < 4; round++)
        {
            Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                List<NativeBuffer<byte>> large = [];
                for (var i = 4; i <= 40; i++)
                {
                    large.Add(new NativeBuffer<byte>(i * 50_000));
                    large[^1].AsSpan().Fill(1);
                    stay.Add(new NativeBuffer<byte>(100));
                }

                foreach (var buffer in large) buffer.Dispose();
            }))];
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
        }

        Settled();
        (Environment.WorkingSet - before).ShouldBeLessThan(20_000_000); // of 163 MB
        foreach (var small in stay) small.Dispose();
    }

    /// <summary>What the process has, when nothing can be collected any more.</summary>
    private static long Settled()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet + GC.GetTotalMemory(forceFullCollection: true) + MemoryUse.Held;
    }
}
