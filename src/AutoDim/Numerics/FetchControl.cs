using System.Runtime.InteropServices;

namespace AutoDim.Numerics;

/// <summary>
/// Whether what is needed of files' memory should be asked for before it is touched. Asking costs a system call a row, which is wasted while everything is in memory; not asking costs a wait for
/// the disk a row while it is not. So some rows are never asked for, and whether touching those waits tells which is the case.
/// </summary>
internal sealed unsafe partial class FetchControl
{
    /// <summary>Of so many rows one is not asked for.</summary>
    public const int UnaskedOf = 64;

    /// <summary>Waits in a batch that are others', such as for its samples.</summary>
    private const long OthersWaits = 4;

    /// <summary>Batches without further waits after which nothing is asked for.</summary>
    private const int QuietBatches = 16;

    private long waits = -1;
    private int quiet;

    /// <summary>Whether rows are to be asked for.</summary>
    public bool IsOn { get; private set; } = true;

    /// <summary>Before each batch.</summary>
    public void Begin()
    {
        var now = Waits();
        var waited = waits >= 0 && now - waits > OthersWaits;
        waits = now;
        quiet = waited ? 0 : quiet + 1;
        IsOn = quiet < QuietBatches;
    }

    /// <summary>How often this process has waited for a page to be read (major faults); 0 where the system does not tell.</summary>
    private static long Waits()
    {
        const int MajorFaults = 9, Longs = 18; // struct rusage of 64-bit Linux, of which the first four longs are times
        if (!OperatingSystem.IsLinux()) return 0;
        var usage = stackalloc long[Longs];
        return GetUsage(0, usage) == 0 ? usage[MajorFaults] : 0;
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, long* usage);
}
