using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AutoDim.Search.AutoDim;

/// <summary>The search of AutoDim (Zhao et al., WWW 2021). Defaults are the paper's, but where a short run needs otherwise.</summary>
public sealed record AutoDimOptions
{
    /// <value>Ascending, two or more, each 0 to 1024; 0 allows dropping a field. Default 2, 8, 16, 24, 32.</value>
    [Description("candidate dimensions"), Range(0, 1024)]
    public IReadOnlyList<int> Candidates { get; init; } = [2, 8, 16, 24, 32];

    /// <value>Default: a linear map per field and candidate.</value>
    [Description("how candidates are unified to equal dimensions")]
    public CandidateMaps Maps { get; init; } = CandidateMaps.PerField;

    /// <value>A table per candidate instead of one row whose beginnings are the candidates; default off. Costs Σ d instead of D numbers a value.</value>
    [Description("separate tables per candidate instead of shared weights")]
    public bool SeparateTables { get; init; }

    /// <value>Default collapsed.</value>
    [Description("how the search layer is computed")]
    public SearchLayer Layer { get; init; } = SearchLayer.Collapsed;

    /// <value>Default relative.</value>
    [Description("how the temperature cools")]
    public TemperatureSchedule Temperature { get; init; } = TemperatureSchedule.Relative;

    /// <value>Epochs of the search, warm-up included, up to 1,000. Default 0: as many as give 1,500 steps, 2 to 40.</value>
    [Description("epochs of the search, warm-up included; 0: by the size of the data"), Range(0, 1000)]
    public int Epochs { get; init; }

    /// <value>Share of the search's steps during which α stays uniform, 0 to 0.9; default 0.25.</value>
    [Description("share of the search in which the architecture weights rest"), Range(0, 0.9)]
    public double WarmUp { get; init; } = 0.25;

    /// <value>
    /// Weight steps between two steps of α, 1 to 1,000. Default 0: chosen by the run's length, 10 as in the paper where that
    /// leaves α 1,000 steps or more, else as many as it takes, down to every step.
    /// </value>
    [Description("weight steps per step of the architecture weights; 0: by the run's length"), Range(0, 1000)]
    public int UpdateEvery { get; init; }

    /// <value>
    /// α's learning rate under Adam, up to 1. Default 0: so that α can travel about 10 in the run, 1e-3 (the paper's) to 5e-2.
    /// </value>
    [Description("learning rate of the architecture weights; 0: by the run's length"), Range(0, 1)]
    public double AlphaLearningRate { get; init; }

    /// <value>A learned scale per field, shared by its candidates; default on. Off is the paper's layer.</value>
    [Description("a learned scale per field, shared by its candidates; off as in the paper")]
    public bool Gains { get; init; } = true;

    /// <value>DARTS' second-order term by finite differences; default off. About four times the cost of a step of α.</value>
    [Description("second-order DARTS")]
    public bool SecondOrder { get; init; }

    /// <value>AutoDim-s: weights and α learn together on training batches; default off.</value>
    [Description("AutoDim-s: learn weights and architecture together on training batches")]
    public bool SingleLevel { get; init; }

    /// <value>λ of the whole-table L2 while searching, 0 to 10; null (default): a fiftieth of the training's, which a run tunes first.</value>
    [Description("L2 on whole tables while searching; default: a fiftieth of the training's"), Range(0.0, 10.0)]
    public double? TableL2 { get; init; }

    /// <value>Standard deviation of the tables' start, 0 to 1; default 0.01, whose variance lies above BatchNorm's epsilon of 1e-5.</value>
    [Description("standard deviation of the tables' start in the search"), Range(0, 1)]
    public double InitialDeviation { get; init; } = 0.01;

    /// <value>Validation AUC that the plan may lose, as measured at the search's end, for being smaller than α prefers: 0 (the paper's plan) to 1; default 0.0005.</value>
    [Description("validation AUC that smaller dimensions than the preferred may cost, as measured at the search's end; 0: the preferred ones"), Range(0.0, 1.0)]
    public double Tolerance { get; init; } = 0.0005;

    /// <summary>
    /// Share of the training's L2 that suits a search. BatchNorm makes rows' scale irrelevant, so there L2 regularises little; at full
    /// strength it shrinks rows until Adam's steps are noise beside them, and larger candidates look no better than small ones.
    /// </summary>
    private const double ShareOfTableL2 = 0.02;

    /// <summary>λ of the search, for one of so much in training.</summary>
    internal double TableL2For(double training) => TableL2 ?? (ShareOfTableL2 * training);

    /// <summary>These options with the epochs decided for data of so many batches an epoch.</summary>
    internal AutoDimOptions For(long batchesPerEpoch)
        => Epochs > 0 ? this : this with { Epochs = (int)Math.Clamp((EnoughSteps + batchesPerEpoch - 1) / batchesPerEpoch, 2, 40) };

    /// <summary>f for a run in which α learns over so many weight steps.</summary>
    internal int UpdateEveryFor(long steps) => UpdateEvery > 0 ? UpdateEvery : (int)Math.Clamp(steps / EnoughUpdates, 1, 10);

    /// <summary>α's learning rate for a run of so many α steps.</summary>
    internal double AlphaLearningRateFor(long updates)
        => AlphaLearningRate > 0 ? AlphaLearningRate : Math.Clamp(AlphaTravel / Math.Max(1, updates), 1e-3, 5e-2);

    /// <summary>τ after a share of α's steps, and a number of samples seen.</summary>
    internal double TemperatureAt(double share, double samples) => Math.Max(
        LowestTemperature, Temperature == TemperatureSchedule.Relative ? 1 - share : 1 - (5e-5 * samples / 2000));

    private const long EnoughSteps = 1500;
    private const long EnoughUpdates = 1000;
    private const double AlphaTravel = 10;
    private const double LowestTemperature = 0.01;
}
