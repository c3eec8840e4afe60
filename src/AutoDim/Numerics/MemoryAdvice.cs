using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace AutoDim.Numerics;

/// <summary>Hints to the operating system about memory; a system without them ignores the call.</summary>
internal static unsafe partial class MemoryAdvice
{
    private const int AdviseRandom = 1, AdviseWillNeed = 3, AdviseHugePages = 14;
    private const nuint HugePage = 2 << 20;

    /// <summary>The whole huge pages within a pinned array.</summary>
    public static void UseHugePages<T>(T[] pinned)
        where T : unmanaged
    {
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        nuint first = (start + HugePage - 1) & ~(HugePage - 1), end = (start + ((nuint)pinned.LongLength * (nuint)sizeof(T))) & ~(HugePage - 1);
        if (end > first) UseHugePages((void*)first, end - first);
    }

    public static void UseHugePages(void* address, nuint bytes)
    {
        // A refused hint costs speed, never correctness, so its result is not looked at.
        if (OperatingSystem.IsLinux()) _ = Advise(address, bytes, AdviseHugePages);
    }

    /// <summary>Memory of a file of which a page here and there is needed: the system is not to read its neighbours with it.</summary>
    /// <param name="address">Where a page begins.</param>
    public static void UseAtRandom(void* address, nuint bytes)
    {
        if (OperatingSystem.IsLinux() && bytes > 0) _ = Advise(address, bytes, AdviseRandom);
    }

    /// <summary>Starts reading what of a file's memory is needed soon: many pages asked for together come far sooner than one after the other.</summary>
    public static void WillNeed(void* address, long bytes)
    {
        if (!OperatingSystem.IsLinux() || bytes <= 0) return;
        var first = (nuint)address / (nuint)Environment.SystemPageSize * (nuint)Environment.SystemPageSize;
        _ = Advise((void*)first, (nuint)address + (nuint)bytes - first, AdviseWillNeed);
    }

    /// <summary>Starts loading the cache lines of a row that is needed soon; nothing where the processor has no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(Real* row, int length) => Prefetch((byte*)row, (long)length * sizeof(Real));

    /// <inheritdoc cref="Prefetch(Real*, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* row, long bytes)
    {
        const int Line = 64;
        if (!Sse.IsSupported) return;
        for (byte* line = row, end = row + bytes; line < end; line += Line) Sse.Prefetch0(line);
    }

    /// <summary>Starts loading the cache line of something that is needed soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint bytes, int advice);
}
