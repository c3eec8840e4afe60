using System.Diagnostics;
using System.Globalization;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Training;
using Spectre.Console;

namespace AutoDim.Cli.Display;

/// <summary>Progress as bars on a terminal: one per stage, over the epoch under way, with rate, loss and best AUC.</summary>
/// <param name="atATime">Stages that may be under way at the same time. When one more begins, that which has been silent for longest is over.</param>
internal sealed class BarProgress(ProgressContext context, IAnsiConsole console, int atATime) : RunObserver
{
    private readonly List<Bar> bars = []; // of the stages under way, the longest silent first

    public override void Stage(string stage, string description)
    {
        if (bars.Count == atATime)
        {
            var over = bars[0].Task;
            over.Value = over.MaxValue;
            over.StopTask();
            bars.RemoveAt(0);
        }

        bars.Add(new Bar(stage, context.AddTask(Markup.Escape(description))));
    }

    public override void Step(TrainingProgress progress)
    {
        if (BarOf(progress.Stage) is not { } bar) return;
        bar.Steps++;
        if (bar.Clock.ElapsedMilliseconds < 200 && bar.Steps > 1) return;
        var auc = double.IsFinite(progress.BestAuc) ? string.Create(CultureInfo.InvariantCulture, $", best AUC {progress.BestAuc:F4}") : "";
        bar.Task.MaxValue = progress.Steps;
        bar.Task.Value = progress.Step;
        bar.Task.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
            $"{bar.Stage}: epoch {progress.Epoch}/{progress.Epochs}, {bar.Steps / bar.Clock.Elapsed.TotalSeconds:F0} steps/s, loss {progress.Loss:F4}{auc}{bar.Preferred}"));
    }

    public override void Architecture(ArchitecturePoint point)
    {
        if (bars.Count > 0) bars[^1].Preferred = ", candidates " + string.Join(' ', point.Probabilities.Select(pi => Enumerable.Range(0, pi.Count).MaxBy(n => pi[n]) + 1));
    }

    public override void Measured(int done, int total)
    {
        if (bars.Count == 0) return;
        var bar = bars[^1];
        (bar.Task.MaxValue, bar.Task.Value) = (total, done);
        bar.Task.Description = Markup.Escape($"{bar.Stage}: candidates measured {done}/{total}");
    }

    public override void Note(string text) => console.MarkupLineInterpolated($"[yellow]note:[/] {text}");

    /// <summary>The bar of a stage, from now on the last to have been heard of; a stage that was not announced, as of a method's own trainings, is part of the latest. Null where there is none.</summary>
    private Bar? BarOf(string stage)
    {
        var found = bars.FindIndex(bar => bar.Stage == stage) is >= 0 and var index ? index : bars.Count - 1;
        if (found < 0) return null;
        var bar = bars[found];
        bars.RemoveAt(found);
        bars.Add(bar);
        return bar;
    }

    private sealed class Bar(string stage, ProgressTask task)
    {
        public string Stage { get; } = stage;

        public ProgressTask Task { get; } = task;

        public Stopwatch Clock { get; } = Stopwatch.StartNew();

        public string Preferred { get; set; } = "";

        public long Steps { get; set; }
    }
}
