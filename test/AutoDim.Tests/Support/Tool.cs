using System.ComponentModel;
using System.Diagnostics;

namespace AutoDim.Tests.Support;

/// <summary>Programs of the machine, which are not everywhere.</summary>
internal static class Tool
{
    /// <summary>A Python that has numpy; skips the test where there is none.</summary>
    public static string NumpyOrSkip() => FirstOrSkip(["python3", "/usr/bin/python3", "python"], "python3 with numpy", "-c", "import numpy");

    /// <summary>A Python that has TensorBoard; skips the test where there is none.</summary>
    public static string TensorBoardOrSkip() => FirstOrSkip(["python3", "/usr/bin/python3", "python"], "python3 with tensorboard", "-c", "import tensorboard.backend.event_processing.event_accumulator");

    /// <summary>A C compiler; skips the test where there is none.</summary>
    public static string CompilerOrSkip() => FirstOrSkip(["clang", "gcc"], "C compiler, clang or gcc", "--version");

    /// <summary>bash and curl, as documents' commands need; skips the test where one is missing.</summary>
    public static void ShellOrSkip()
    {
        FirstOrSkip(["bash"], "bash", "--version");
        FirstOrSkip(["curl"], "curl", "--version");
    }

    /// <summary>An MPI launcher; skips the test where there is none.</summary>
    public static string MpirunOrSkip() => FirstOrSkip(["mpirun"], "mpirun, of the package mpich,", "--version");

    /// <summary>Open MPI's launcher; skips the test where there is none. Not installed by test.sh: it would take the name mpirun from MPICH's.</summary>
    public static string OpenMpirunOrSkip() => FirstOrSkip(["mpirun.openmpi"], "mpirun.openmpi, of the package openmpi-bin,", "--version");

    /// <summary>Chromium; skips the test where there is none.</summary>
    public static string ChromiumOrSkip() => FirstOrSkip(["chromium", "chromium-browser", "google-chrome"], "Chromium", "--version");

    public static (int Code, string Output) Run(string program, params string[] arguments) => Run(program, new Dictionary<string, string>(), arguments);

    /// <summary>Runs a program to its end; its output is followed by its errors.</summary>
    public static (int Code, string Output) Run(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(program, environment, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    public static Process Start(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static string FirstOrSkip(string[] programs, string what, params string[] trial)
    {
        foreach (var program in programs)
        {
            try
            {
                if (Run(program, trial).Code == 0) return program;
            }
            catch (Win32Exception)
            {
                continue; // not on this machine
            }
        }

        Assert.Skip($"no {what} on this machine");
        return "";
    }
}
