using AutoDim.Data;
using AutoDim.Mpi;
using AutoDim.Numerics;

namespace AutoDim.Cli;

/// <summary>The processes that the command runs in: one, or as many as an MPI launcher started. The first speaks; the others do the same work in silence.</summary>
internal static class World
{
    /// <summary>Commands that several processes do together.</summary>
    private static readonly string[] Shared = ["prepare", "run", "search", "train", "evaluate", "predict", "mpi-check"];

    /// <summary>How long another process than the first waits before it tells what went wrong: the first has most likely met the same, told it, and ended all.</summary>
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(3);

    /// <summary>How long the launcher has to pass on what was told: with an abort it ends at once, and what it has not read by then is lost.</summary>
    private static readonly TimeSpan Delivery = TimeSpan.FromSeconds(1);

    public static Ranks Ranks { get; private set; } = Ranks.One;

    /// <summary>Threads that fill the machine, together with the other processes on it.</summary>
    public static int Threads => Math.Max(1, Environment.ProcessorCount / (Ranks.AreSeveral ? Launcher.Neighbours : 1));

    /// <summary>Whether this process is to tell the user of a mistake in the command line, which all have met.</summary>
    public static bool Speaks => Launcher.Rank is null or 0;

    /// <summary>
    /// Before the console is used: Open MPI's launcher gives the first process a terminal for its output, wherever that output then goes, and .NET would greet it with
    /// control characters in the middle of a file.
    /// </summary>
    public static void KeepOutputPlain()
    {
        if (Launcher.IsOpenMpi) Environment.SetEnvironmentVariable("TERM", "dumb");
    }

    /// <summary>Joins the other processes, where there are any and there is a command to do.</summary>
    /// <exception cref="AutoDimException">There is no MPI library.</exception>
    public static void Join(string? command)
    {
        if (command != null) Ranks = AtomicFile.Ranks = Launcher.Join();
    }

    /// <summary>Why a command cannot be done by so many processes; null where it can.</summary>
    public static string? RefusalOf(string? command) => !Ranks.AreSeveral || Shared.Contains(command) ? null
        : $"autodim {command} works in one process, and {Ranks.Count} were started; start it without mpirun (with it: {string.Join(", ", Shared)})";

    /// <summary>Tells why this process cannot go on, and ends all of them where there are others, which would wait for it.</summary>
    public static int Fail(TextWriter errors, string message, int code)
    {
        if (!Ranks.IsFirst) Thread.Sleep(Courtesy);
        errors.WriteLine(Ranks.AreSeveral ? $"autodim, rank {Ranks.Rank} of {Ranks.Count}: {message}" : $"autodim: {message}");
        if (!Ranks.AreSeveral) return code;
        errors.Flush();
        Thread.Sleep(Delivery);
        Ranks.Abort(code);
        return code;
    }
}
