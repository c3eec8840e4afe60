using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Demo;

/// <summary>The demo: about two minutes on two cores.</summary>
internal sealed record DemoOptions
{
    /// <value>Of the log and of everything trained on it; default 1.</value>
    [Description("seed of the log and of the run")]
    public ulong Seed { get; init; } = 1;

    /// <value>1,000 to 100,000,000; default 500,000.</value>
    [Description("rows of the log"), Range(1000, 100_000_000)]
    public int Rows { get; init; } = PlantedLog.DefaultRows;

    /// <value>Rows of all tables, if each value occurs; 12,981 to 10,000,000; default 12,981.</value>
    [Description("values of all fields together, shared out among them as by default"), Range(PlantedLog.DefaultValues, 10_000_000)]
    public int Values { get; init; } = PlantedLog.DefaultValues;

    /// <value>For the other commands; default false.</value>
    [Description("write and prepare the log, and run nothing")]
    public bool DataOnly { get; init; }

    /// <summary>The run that the demo makes.</summary>
    public RunOptions ToRun() => new()
    {
        Model = "fm",
        TuneL2 = [1e-5, 1e-4],
        ModelOptions = new ModelOptions { InitialDeviation = 0.01 },
        Training = new TrainingOptions { Seed = Seed, BatchSize = 2048 },
        Search = new AutoDimOptions { Candidates = PlantedLog.Candidates },
    };
}
