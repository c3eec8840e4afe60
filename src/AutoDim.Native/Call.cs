using System.Runtime.InteropServices;
using AutoDim.Export;

namespace AutoDim.Native;

/// <summary>A call over the border: what comes in is checked, no exception goes out, and texts that do are kept for the thread that asked.</summary>
internal static unsafe class Call
{
    [ThreadStatic]
    private static NativeText? error, answer;

    private static readonly NativeText OwnVersion = new(typeof(Predictor).Assembly.GetName().Version!.ToString(3));

    /// <summary>As the header has them, and the command line's exit codes.</summary>
    private enum Status
    {
        Ok = 0,
        Bug = 1,
        Mistake = 2,
        Stopped = 130,
    }

    public static byte* Version => OwnVersion.Address;

    /// <summary>Of this thread's last call; empty where it succeeded.</summary>
    public static byte* Error => (error ??= new NativeText("")).Address;

    /// <summary>Runs a call's body; its status.</summary>
    public static int Run(Action body)
    {
        var (status, problem) = (Status.Ok, "");
        try
        {
            body();
        }
        catch (OperationCanceledException)
        {
            (status, problem) = (Status.Stopped, "stopped; what was done is kept, the same call with the same folder goes on from there");
        }
        catch (Exception exception)
        {
            var mistake = AutoDimException.MessageOf(exception);
            (status, problem) = mistake != null ? (Status.Mistake, mistake) : (Status.Bug, $"a bug; please report it with what follows\n{exception}");
        }

        (error ??= new NativeText("")).Set(problem);
        return (int)status;
    }

    /// <summary>Likewise of a call that answers with a text.</summary>
    /// <param name="result">Where the caller wants its address; null: nowhere.</param>
    public static int Run(byte** result, Func<string> body) => Run(() =>
    {
        if (result != null) *result = null;
        var text = body();
        (answer ??= new NativeText("")).Set(text);
        if (result != null) *result = answer.Address;
    });

    public static string Text(byte* text, string name) => OptionalText(text) ?? throw new AutoDimException($"{name} is NULL, expected a text");

    public static string? OptionalText(byte* text) => Marshal.PtrToStringUTF8((nint)text);

    public static Predictor Model(nint model) => model == 0 ? throw new AutoDimException("model is NULL, expected one that autodim_load gave") : (Predictor)GCHandle.FromIntPtr(model).Target!;
}
