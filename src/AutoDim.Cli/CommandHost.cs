using System.Runtime.InteropServices;

namespace AutoDim.Cli;

/// <summary>Runs a command's body: Ctrl-C and SIGTERM cancel it once, a second one ends the process; exceptions become exit codes.</summary>
internal static class CommandHost
{
    public const int Success = 0;
    public const int Bug = 1;
    public const int UserError = 2;

    /// <summary>As shells report a process ended by SIGINT.</summary>
    public const int Stopped = 130;

    public static int Run(Func<CancellationToken, int> body)
    {
        using var cancellation = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            if (cancellation.IsCancellationRequested) return;
            context.Cancel = true;
            if (World.Speaks) Console.Error.WriteLine("autodim: stopping after this step; once more to stop at once");
            cancellation.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            return body(cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            return World.Fail("stopped; what was done is kept, the same command with the same --out goes on from there", Stopped);
        }
        catch (Exception exception) when (AutoDimException.MessageOf(exception) is { } message)
        {
            return World.Fail(message, UserError);
        }
        catch (Exception exception)
        {
            return World.Fail($"a bug; please report it with what follows\n{exception}", Bug);
        }
    }
}
