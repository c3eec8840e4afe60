using System.Diagnostics;
using System.Globalization;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Cli.Display;

/// <summary>Progress as lines of text, for logs: a line per stage and epoch, and one every ten seconds in between. A line names its stage where that is not the one announced last.</summary>
internal sealed class PlainProgress(TextWriter writer) : RunObserver
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private readonly Dictionary<string, (long Steps, Stopwatch Clock)> stages = [];
    private string announced = "";

    public override void Stage(string stage, string description)
    {
        announced = stage;
        stages[stage] = (0, Stopwatch.StartNew());
        Line($"{stage}: {description}");
    }

    public override void Step(TrainingProgress progress)
    {
        var (steps, clock) = stages.TryGetValue(progress.Stage, out var known) ? known : (0, Stopwatch.StartNew());
        stages[progress.Stage] = (++steps, clock);
        if (sinceLine.Elapsed < Pause) return;
        var rate = steps / clock.Elapsed.TotalSeconds;
        Line(string.Create(CultureInfo.InvariantCulture, $"  {Of(progress.Stage)}epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}, loss {progress.Loss:F4}, {rate:F1} steps/s, {(progress.Steps - progress.Step) / rate:F0} s left of this {(progress.Stage == "search" ? "search" : "epoch")}"));
    }

    public override void Epoch(EpochResult epoch)
        => Line(string.Create(CultureInfo.InvariantCulture, $"  {Of(epoch.Stage)}epoch {epoch.Epoch}: loss {epoch.Loss:F4}, valid AUC {epoch.ValidAuc:F5}, valid logloss {epoch.ValidLogLoss:F4}{(epoch.RateFactor < 1 ? $", learning rate × {epoch.RateFactor:G3}" : "")}"));

    public override void Architecture(ArchitecturePoint point)
    {
    }

    public override void Measured(int done, int total)
    {
        if (sinceLine.Elapsed >= Pause || done == total) Line($"  candidates measured: {done}/{total}");
    }

    public override void Note(string text) => Line($"  note: {text}");

    private string Of(string stage) => stage == announced ? "" : $"{stage}, ";

    private void Line(string text)
    {
        writer.WriteLine(text);
        sinceLine.Restart();
    }
}
