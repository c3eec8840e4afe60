using System.Runtime.InteropServices;

namespace AutoDim.Numerics;

/// <summary>
/// Zeroed blocks of memory that go back to the system as soon as they are freed. C's allocator keeps large blocks once some were freed, for each thread that asked:
/// trainings side by side, one after the other, then held twice what they needed.
/// </summary>
internal static unsafe partial class SystemPages
{
    /// <summary>A smaller block is the allocator's own.</summary>
    private const nuint Least = 1 << 17;

    private const int ReadWrite = 3, PrivateAnonymous = 0x22;

    /// <exception cref="InsufficientMemoryException">The system has none.</exception>
    public static void* Allocate(nuint bytes)
    {
        if (!IsOwn(bytes)) return NativeMemory.AllocZeroed(bytes);
        var pages = Map(null, bytes, ReadWrite, PrivateAnonymous, -1, 0);
        return (nint)pages == -1 ? throw new InsufficientMemoryException($"the system has no {bytes:N0} bytes of memory left") : pages;
    }

    /// <param name="bytes">As many as were asked for.</param>
    public static void Free(void* pages, nuint bytes)
    {
        if (IsOwn(bytes)) _ = Unmap(pages, bytes);
        else NativeMemory.Free(pages);
    }

    private static bool IsOwn(nuint bytes) => bytes >= Least && OperatingSystem.IsLinux();

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint bytes);
}
