using System.Diagnostics;
using System.Globalization;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Training;
using Spectre.Console;

namespace AutoDim.Cli.Display;

/// <summary>Progress as bars on a terminal: one per stage, over the epoch under way, with rate, loss and best AUC.</summary>
internal sealed class BarProgress(ProgressContext context, IAnsiConsole console) : RunObserver
{
    private readonly Stopwatch clock = new();
    private ProgressTask? task;
    private string stage = "";
    private string preferred = "";
    private long steps;

    public override void Stage(string stage, string description)
    {
        if (task is { } before)
        {
            before.Value = before.MaxValue;
            before.StopTask();
        }

        this.stage = stage;
        preferred = "";
        steps = 0;
        clock.Restart();
        task = context.AddTask(Markup.Escape(description));
    }

    public override void Step(TrainingProgress progress)
    {
        steps++;
        if (task == null || (clock.ElapsedMilliseconds < 200 && steps > 1)) return;
        var auc = double.IsFinite(progress.BestAuc) ? string.Create(CultureInfo.InvariantCulture, $", best AUC {progress.BestAuc:F4}") : "";
        task.MaxValue = progress.Steps;
        task.Value = progress.Step;
        task.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
            $"{stage}: epoch {progress.Epoch}/{progress.Epochs}, {steps / clock.Elapsed.TotalSeconds:F0} steps/s, loss {progress.Loss:F4}{auc}{preferred}"));
    }

    public override void Architecture(ArchitecturePoint point)
        => preferred = ", candidates " + string.Join(' ', point.Probabilities.Select(pi => Enumerable.Range(0, pi.Count).MaxBy(n => pi[n]) + 1));

    public override void Measured(int done, int total)
    {
        if (task == null) return;
        (task.MaxValue, task.Value) = (total, done);
        task.Description = Markup.Escape($"{stage}: candidates measured {done}/{total}");
    }

    public override void Note(string text) => console.MarkupLineInterpolated($"[yellow]note:[/] {text}");
}
