using System.Diagnostics;
using System.Globalization;

namespace AutoDim.Numerics;

/// <summary>Largest resident memory of this process. On Linux it can be measured afresh for each stage.</summary>
internal static class MemoryUse
{
    private static long held;

    /// <summary>Bytes of all native buffers, touched or not: tables, optimiser state, activations.</summary>
    public static long Held => Interlocked.Read(ref held);

    public static void AddHeld(long bytes) => Interlocked.Add(ref held, bytes);

    /// <summary>Starts measuring anew, where the system can.</summary>
    public static void Reset()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it; the peak is then that of the whole process.
        }
    }

    /// <summary>Bytes.</summary>
    public static long Peak
    {
        get
        {
            if (OperatingSystem.IsLinux())
            {
                var line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
                if (line != null) return 1024 * long.Parse(line["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
            }

            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }
}
