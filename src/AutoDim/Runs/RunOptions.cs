using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Compression;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Search.AutoDim;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>What the plan is compared with, beside the full model.</summary>
public enum Baselines
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The uniform model nearest in bytes to the plan. The default.</summary>
    Nearest,

    /// <summary>
    /// Random search, AutoDim-s, AutoDim's preferred plan and its plans under 50% and 25% of the full bytes, every uniform candidate and the
    /// uniform model nearest in bytes to each of AutoDim's; all tuned.
    /// </summary>
    All,
}

/// <summary>A whole run: full model, search, plan, retraining, baselines.</summary>
public sealed record RunOptions
{
    /// <value>A name that <c>autodim models</c> lists; default deepfm.</value>
    [Description("model, one of those that autodim models lists")]
    public string Model { get; init; } = "deepfm";

    /// <value>Dimension of the full model; default 0: the largest candidate.</value>
    [Description("dimension of the full model; 0: the largest candidate"), Range(0, 1024)]
    public int Dim { get; init; }

    /// <value>Bytes of deployed embeddings ("64MB", "512KiB") or a share of the full model's ("25%"); null: no such goal.</value>
    [Description("limit of deployed embedding bytes: 64MB, or 25% of the full model's")]
    public string? Budget { get; init; }

    /// <value>Validation AUC that the model may lose against the full one ("0.1%", "0.001"); the smallest model within it is looked for. Null: no such goal.</value>
    [Description("AUC that the model may lose against the full one, such as 0.1%: the smallest model within it is looked for")]
    public string? Within { get; init; }

    /// <value>Likewise, validation logloss that may be added, 0 to 1. Null: no such goal.</value>
    [Description("logloss that the model may add to the full one's: the smallest model within it is looked for"), Range(0.0, 1.0)]
    public double? WithinLogloss { get; init; }

    /// <value>Methods whose plans are tried for a goal; those of best validation, or smallest, win. Default autodim, measured-folding, measured-blocks-rounded, measured-blocks-mixed, folding, uniform.</value>
    [Description("methods tried for a budget or a tolerance: some of " + MethodCatalog.Names)]
    public IReadOnlyList<string> Methods { get; init; } = ["autodim", "measured-folding", "measured-blocks-rounded", "measured-blocks-mixed", "folding", "uniform"];

    /// <value>
    /// Ways to keep rows once trained that are tried for a goal, of float32, float16, int8, int4, int3 and int2. Default int8, int4, int3, int2, the last two for methods that round in training alone: within the same bytes
    /// their rows have four to sixteen times the numbers of float32, which measured better wherever it was tried (docs/results.md).
    /// </value>
    [Description("ways to keep rows once trained, tried for a budget or a tolerance: some of float32, float16, int8, int4, int3, int2")]
    public IReadOnlyList<string> Storages { get; init; } = ["int8", "int4", "int3", "int2"];

    /// <value>Trainings of every variant, 1 to 100; default 1.</value>
    [Description("trainings of every variant, with seeds one after another"), Range(1, 100)]
    public int Seeds { get; init; } = 1;

    /// <value>Default: the nearest uniform model.</value>
    [Description("what the plan is compared with")]
    public Baselines Baselines { get; init; } = Baselines.Nearest;

    /// <value>Values of the tables' L2 tried on validation; one value: no tuning. Default 1e-5, 1e-4, 1e-3, 5e-2.</value>
    [Description("values of the tables' L2 to choose from on validation"), Range(0.0, 10.0)]
    public IReadOnlyList<double> TuneL2 { get; init; } = [1e-5, 1e-4, 1e-3, 5e-2];

    /// <value>Starts retraining from the search's rows and maps instead of from scratch; default off.</value>
    [Description("start retraining from the search's rows and maps")]
    public bool Inherit { get; init; }

    /// <value>Validation AUC, 0 to 1; default 0.001. 1: the search's plan whatever comes of it. Not looked at where a goal is stated.</value>
    [Description("validation AUC that the retrained plan may lose against the full model; while it loses more, every field goes one candidate up"), Range(0.0, 1.0)]
    public double Confirm { get; init; } = 0.001;

    /// <value>Null (default): chosen on validation among those that the model can take.</value>
    [Description("how a field's own dimension meets a model that needs equal ones; default: chosen on validation")]
    public Projection? Projection { get; init; }

    /// <value>Whether metrics.jsonl is also written as event files of TensorBoard, in the folder tensorboard; default off.</value>
    [Description("write TensorBoard's event files too, in the folder tensorboard")]
    public bool Tensorboard { get; init; }

    /// <value>
    /// Share of the full model's prediction in the labels that all smaller models learn, 0 to 1 (knowledge distillation, Hinton et al., 2015); 0: labels alone. Null (default): 0.5 where a goal is
    /// stated, which was better on the mean of each data set tried (docs/results.md), else 0.
    /// </value>
    [Description("share of the full model's prediction in the labels that smaller models learn; 0: labels alone; default: 0.5 for a budget or a tolerance, else 0"), Range(0.0, 1.0)]
    public double? Distillation { get; init; }

    [Prefix("")]
    public ModelOptions ModelOptions { get; init; } = new();

    [Prefix("")]
    public TrainingOptions Training { get; init; } = new();

    [Prefix("search-")]
    public AutoDimOptions Search { get; init; } = new();

    /// <summary>The same, where a table L2 that was given by itself is the one to use, not one of those to try.</summary>
    /// <param name="isGiven">Whether a setting was given by name.</param>
    internal RunOptions AsGiven(Func<string, bool> isGiven) => isGiven("table-l2") && !isGiven("tune-l2") ? this with { TuneL2 = [Training.Tables.L2] } : this;

    /// <summary>Whether bytes or a tolerance are asked for.</summary>
    internal bool HasGoal => (Budget, Within, WithinLogloss) is not (null, null, null);

    /// <summary>Whether the answer to a goal may do without the weights that its model has beside the vectors.</summary>
    internal bool MayLeaveOutWeights => HasGoal && ModelOptions.FirstOrder == FirstOrderTerm.ValueWeights && ModelCatalog.Find(Model).CanReadFirstOrder;

    /// <summary>The teacher's share in the labels.</summary>
    internal double TaughtShare => Distillation ?? (HasGoal ? 0.5 : 0);

    /// <summary>The full model's dimension.</summary>
    internal int FullDim => Dim > 0 ? Dim : Search.Candidates[^1];
}
