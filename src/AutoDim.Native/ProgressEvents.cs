using System.Diagnostics;
using System.Text.Json.Nodes;
using AutoDim.Data.Preparation;
using AutoDim.Runs;
using AutoDim.Training;

namespace AutoDim.Native;

/// <summary>Tells a caller in another language what a job does, as JSON objects, and cancels the job when it answers other than 0.</summary>
/// <param name="progress">Null: nobody is told.</param>
/// <param name="context">The caller's own, handed back to it.</param>
internal sealed unsafe class ProgressEvents(delegate* unmanaged<byte*, void*, int> progress, void* context) : RunObserver, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource cancellation = new();
    private readonly NativeText text = new("");
    private long lastStep;

    public CancellationToken Cancellation => cancellation.Token;

    public void Prepared(PreparationProgress now) => Send("prepare", ("pass", now.Pass), ("bytes", now.Bytes), ("totalBytes", now.TotalBytes), ("rows", now.Rows));

    public override void Stage(string stage, string description) => Send("stage", ("stage", stage), ("description", description));

    /// <summary>Steps are many: at most ten a second are told.</summary>
    public override void Step(TrainingProgress now)
    {
        if (lastStep != 0 && Stopwatch.GetElapsedTime(lastStep) < Pause) return;
        lastStep = Stopwatch.GetTimestamp();
        Send("step", ("stage", now.Stage), ("epoch", now.Epoch), ("epochs", now.Epochs), ("step", now.Step), ("steps", now.Steps), ("loss", Finite(now.Loss)), ("bestAuc", Finite(now.BestAuc)));
    }

    public override void Epoch(EpochResult epoch)
        => Send("epoch", ("stage", epoch.Stage), ("epoch", epoch.Epoch), ("loss", Finite(epoch.Loss)), ("validAuc", Finite(epoch.ValidAuc)), ("validLogloss", Finite(epoch.ValidLogLoss)));

    public override void Measured(int done, int total) => Send("measured", ("done", done), ("total", total));

    public override void Note(string text) => Send("note", ("text", text));

    public void Dispose() => cancellation.Dispose();

    /// <summary>JSON has no other numbers.</summary>
    private static JsonNode? Finite(double number) => double.IsFinite(number) ? number : null;

    private void Send(string name, params ReadOnlySpan<(string Key, JsonNode? Value)> values)
    {
        if (progress == null) return;
        var told = new JsonObject { ["event"] = name };
        foreach (var (key, value) in values) told[key] = value;
        text.Set(told.ToJsonString());
        if (progress(text.Address, context) != 0) cancellation.Cancel();
    }
}
