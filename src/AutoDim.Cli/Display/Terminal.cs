using AutoDim.Data.Preparation;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Display;

/// <summary>Where a command writes: results to standard output, progress to standard error, so that each can be piped.</summary>
internal sealed class Terminal(bool json, bool quiet)
{
    private readonly IAnsiConsole results = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
    private readonly IAnsiConsole progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    public bool IsJson { get; } = json;

    private bool HasBars => !Console.IsErrorRedirected && progress.Profile.Capabilities.Interactive;

    /// <summary>Runs a job with its progress shown: bars on a terminal, plain lines elsewhere, nothing where asked to be quiet.</summary>
    public TResult Watch<TResult>(Func<RunObserver, TResult> job)
    {
        if (quiet) return job(new RunObserver());
        return HasBars ? Bars().Start(context => job(new BarProgress(context, progress))) : job(new PlainProgress(Console.Error));
    }

    /// <summary>Prepares data with its progress shown.</summary>
    public TResult WatchPreparation<TResult>(Func<Action<PreparationProgress>?, TResult> job)
    {
        if (quiet || !HasBars) return job(null);
        return Bars().Start(context =>
        {
            ProgressTask? task = null;
            return job(now =>
            {
                if (task?.Description != now.Pass) task = context.AddTask(now.Pass, maxValue: now.TotalBytes);
                task.Value = now.Bytes;
            });
        });
    }

    /// <summary>A line about what goes on; not part of the result.</summary>
    public void Say(string text)
    {
        if (!quiet) Console.Error.WriteLine(text);
    }

    /// <summary>A line of the result for people.</summary>
    public void Write(string text)
    {
        if (!IsJson) Console.Out.WriteLine(text);
    }

    public void Write(Table table)
    {
        if (IsJson) return;
        if (Console.IsOutputRedirected) results.Profile.Width = 160;
        results.Write(table);
    }

    /// <summary>The result for machines.</summary>
    public void WriteJson(Func<string> text)
    {
        if (IsJson) Console.Out.WriteLine(text());
    }

    private Progress Bars() => progress.Progress()
        .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
}
