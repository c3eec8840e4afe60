using System.CommandLine;
using System.Runtime.InteropServices;
using AutoDim.Cli.Commands;
using AutoDim.Data;

namespace AutoDim.Cli;

/// <summary>Runs a command's body: Ctrl-C and SIGTERM cancel it once, a second one ends the process; exceptions become exit codes.</summary>
internal static class CommandHost
{
    public const int Success = 0;
    public const int Bug = 1;
    public const int UserError = 2;

    /// <summary>As shells report a process ended by SIGINT.</summary>
    public const int Stopped = 130;

    /// <summary>What a command that measures has left when it is stopped.</summary>
    public const string Measurements = "what was measured until then stands above";

    /// <param name="resumes">Whether the same command goes on where it was stopped.</param>
    /// <param name="left">What one that does not has left when it is stopped, a clause.</param>
    public static int Run(ParseResult parse, Func<CancellationToken, int> body, bool resumes = false, string left = "nothing was made")
    {
        var errors = parse.InvocationConfiguration.Error;
        using var cancellation = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            if (cancellation.IsCancellationRequested) return;
            context.Cancel = true;
            if (World.Speaks) errors.WriteLine(resumes ? "autodim: stopping after this step; once more to stop at once" : "autodim: stopping; once more to stop at once");
            cancellation.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            LockWait.Current.Value = WaitOption.Of(parse, cancellation.Token);
            return body(cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            return World.Fail(errors, resumes ? "stopped; what was done is kept, the same command with the same --out goes on from there" : $"stopped before it was through; {left}", Stopped);
        }
        catch (Exception exception) when (AutoDimException.MessageOf(exception) is { } message)
        {
            return World.Fail(errors, message, UserError);
        }
        catch (Exception exception)
        {
            return World.Fail(errors, $"a bug; please report it with what follows\n{exception}", Bug);
        }
        finally
        {
            LockWait.Current.Value = null;
        }
    }
}
