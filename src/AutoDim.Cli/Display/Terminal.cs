using AutoDim.Data.Preparation;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Display;

/// <summary>Where a command writes: results to standard output, progress to standard error, so that each can be piped.</summary>
internal sealed class Terminal(TextWriter output, TextWriter errors, bool json, bool quiet)
{
    private readonly IAnsiConsole results = ConsoleOn(output);
    private readonly IAnsiConsole progress = ConsoleOn(errors);

    public bool IsJson { get; } = json;

    private bool HasBars => progress.Profile.Out.IsTerminal && progress.Profile.Capabilities is { Interactive: true, Ansi: true };

    /// <summary>Runs a job with its progress shown: bars on a terminal, plain lines elsewhere, nothing where asked to be quiet.</summary>
    /// <param name="atATime">Stages that may be under way at the same time.</param>
    public TResult Watch<TResult>(Func<RunObserver, TResult> job, int atATime = 1)
    {
        if (quiet) return job(new RunObserver());
        return HasBars ? Bars().Start(context => job(new BarProgress(context, progress, atATime))) : job(new PlainProgress(errors));
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
        if (!quiet) errors.WriteLine(text);
    }

    /// <summary>A line of the result for people.</summary>
    public void Write(string text)
    {
        if (!IsJson) output.WriteLine(text);
    }

    public void Write(Table table)
    {
        if (IsJson) return;
        if (!results.Profile.Out.IsTerminal) results.Profile.Width = 160;
        results.Write(table);
    }

    /// <summary>The result for machines.</summary>
    public void WriteJson(Func<string> text)
    {
        if (IsJson) output.WriteLine(text());
    }

    /// <summary>Colours and bars are for terminals alone.</summary>
    private static IAnsiConsole ConsoleOn(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        return AnsiConsole.Create(output.IsTerminal ? new AnsiConsoleSettings { Out = output } : new AnsiConsoleSettings { Out = output, Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
    }

    private Progress Bars() => progress.Progress()
        .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
}
