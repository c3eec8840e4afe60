using System.Runtime.InteropServices;

namespace AutoDim.Numerics;

/// <summary>Hints to the operating system about memory; a system without them ignores the call.</summary>
internal static unsafe partial class MemoryAdvice
{
    private const int AdviseHugePages = 14;

    public static void UseHugePages(void* address, nuint bytes)
    {
        // A refused hint costs speed, never correctness, so its result is not looked at.
        if (OperatingSystem.IsLinux()) _ = Advise(address, bytes, AdviseHugePages);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint bytes, int advice);
}
