using AutoDim.Runs;
using AutoDim.Training;

namespace AutoDim.Tests.Support;

/// <summary>Keeps the notes.</summary>
internal sealed class Notes : RunObserver
{
    public List<string> Texts { get; } = [];

    public override void Note(string text) => Texts.Add(text);
}

/// <summary>Counts training steps.</summary>
internal sealed class Counter : RunObserver
{
    public int Steps { get; private set; }

    public override void Step(TrainingProgress progress) => Steps++;
}

/// <summary>Cancels at the n-th step of a stage.</summary>
internal sealed class Canceller(string stage, int step, CancellationTokenSource cancellation) : RunObserver
{
    private int seen;
    private string current = "";

    public override void Stage(string stage, string description) => current = stage;

    public override void Step(TrainingProgress progress)
    {
        if (current.StartsWith(stage, StringComparison.Ordinal) && ++seen == step) cancellation.Cancel();
    }
}
