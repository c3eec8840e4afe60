using System.Diagnostics;
using System.Globalization;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Cli.Display;

/// <summary>Progress as lines of text, for logs: a line per stage and epoch, and one every ten seconds in between.</summary>
internal sealed class PlainProgress(TextWriter writer) : RunObserver
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private readonly Stopwatch sinceStage = Stopwatch.StartNew();
    private long stageSteps;

    public override void Stage(string stage, string description)
    {
        sinceStage.Restart();
        stageSteps = 0;
        Line($"{stage}: {description}");
    }

    public override void Step(TrainingProgress progress)
    {
        stageSteps++;
        if (sinceLine.Elapsed < Pause) return;
        var rate = stageSteps / sinceStage.Elapsed.TotalSeconds;
        Line(string.Create(CultureInfo.InvariantCulture, $"  epoch {progress.Epoch}/{progress.Epochs}, step {progress.Step}/{progress.Steps}, loss {progress.Loss:F4}, {rate:F1} steps/s, {(progress.Steps - progress.Step) / rate:F0} s left of this {(progress.Stage == "search" ? "search" : "epoch")}"));
    }

    public override void Epoch(EpochResult epoch)
        => Line(string.Create(CultureInfo.InvariantCulture, $"  epoch {epoch.Epoch}: loss {epoch.Loss:F4}, valid AUC {epoch.ValidAuc:F5}, valid logloss {epoch.ValidLogLoss:F4}{(epoch.RateFactor < 1 ? $", learning rate × {epoch.RateFactor:G3}" : "")}"));

    public override void Architecture(ArchitecturePoint point)
    {
    }

    public override void Measured(int done, int total)
    {
        if (sinceLine.Elapsed >= Pause || done == total) Line($"  candidates measured: {done}/{total}");
    }

    public override void Note(string text) => Line($"  note: {text}");

    private void Line(string text)
    {
        writer.WriteLine(text);
        sinceLine.Restart();
    }
}
