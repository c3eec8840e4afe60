using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Settings;

namespace AutoDim.Runs;

/// <summary>A search over training's own settings: random trials, then successive halving.</summary>
public sealed record SweepOptions
{
    /// <value>
    /// Settings of a training and where they vary, separated by blanks: <c>table-l2=1e-6..0.1</c> (by factors where the range spans ten or more, else
    /// evenly), <c>hidden=64,64|400,400,400</c> (one of these). Default: the tables' L2, the dropout and the learning rate.
    /// </value>
    [Description("settings and where they vary: name=low..high or name=this|that, separated by blanks")]
    public string Vary { get; init; } = "table-l2=1e-6..0.1 dropout=0..0.5 learning-rate=3e-4..3e-3";

    /// <value>Trials drawn, 2 to 10,000; default 16.</value>
    [Description("trials drawn"), Range(2, 10_000)]
    public int Trials { get; init; } = 16;

    /// <value>Epochs of every trial before the first are dropped, 1 to 1,000; default 2.</value>
    [Description("epochs of every trial before the first are dropped"), Range(1, 1000)]
    public int FirstEpochs { get; init; } = 2;

    /// <value>One in so many trials goes on, with so many times the epochs, 2 to 10; default 3.</value>
    [Description("one in so many trials goes on, with so many times the epochs"), Range(2, 10)]
    public int Reduction { get; init; } = 3;

    /// <value>What does not vary.</value>
    [Prefix("")]
    public TrainJobOptions Job { get; init; } = new();
}
