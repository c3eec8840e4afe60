using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Settings;

namespace AutoDim.Training;

/// <summary>How a model is trained. Defaults are the public benchmark's.</summary>
public sealed record TrainingOptions
{
    /// <value>1 to 10,000; default 100, ended early by <see cref="Patience"/>.</value>
    [Description("most epochs"), Range(1, 10_000)]
    public int Epochs { get; init; } = 100;

    /// <value>Samples a step, up to 1,048,576. Default 0: 4,096, or fewer where an epoch would then have under 40 steps.</value>
    [Description("samples per step; 0: 4096, fewer for small data"), Range(0, 1 << 20)]
    public int BatchSize { get; init; }

    /// <value>Samples a step in evaluation; default 4,096. Predictions do not depend on it.</value>
    [Description("samples per step in evaluation"), Range(1, 1 << 20)]
    public int EvaluationBatchSize { get; init; } = 4096;

    /// <value>Of the dense weights; above 0, at most 10; default 1e-3.</value>
    [Description("learning rate of the dense weights"), Range(1e-12, 10)]
    public double LearningRate { get; init; } = 1e-3;

    /// <value>Default Adam.</value>
    [Description("optimiser of the dense weights")]
    public OptimizerKind DenseOptimizer { get; init; } = OptimizerKind.Adam;

    [Prefix("table-")]
    public TableOptimizerOptions Tables { get; init; } = new();

    [Prefix("grda-")]
    public GrdaOptions Grda { get; init; } = new();

    /// <value>The gradient's global norm is cut to this; 0 for no limit; default 10.</value>
    [Description("largest global norm of the gradient; 0 for none"), Range(0, 1e9)]
    public double ClipNorm { get; init; } = 10;

    /// <value>Default global: several ranks train as one process does. With one process both are the same.</value>
    [Description("under mpirun: BatchNorm by statistics of the whole batch (global), or of each rank's share (local), which saves three messages a layer")]
    public BatchNormScope RankBatchNorm { get; init; } = BatchNormScope.Global;

    /// <value>Default float32, exact. Of tables that are spread over ranks, rows as a pass gets them; where they lie they stay exact.</value>
    [Description("under mpirun: how rows of tables that are spread go to a rank: float32 (exact), float16 or int8")]
    public WireFormat RankRows { get; init; } = WireFormat.Float32;

    /// <value>Default float32, exact. What rounding takes from a row's gradient is added to its next one.</value>
    [Description("under mpirun: how gradients of rows go to other ranks: float32 (exact), float16 or int8; what rounding takes, the next gradient gets")]
    public WireFormat RankGradients { get; init; } = WireFormat.Float32;

    /// <value>Epochs in a row without a better validation AUC after which training stops; 1 to 1,000; default 2.</value>
    [Description("epochs without improvement before stopping"), Range(1, 1000)]
    public int Patience { get; init; } = 2;

    /// <value>The learning rate is multiplied by this after an epoch without a better validation AUC, 0.001 to 1; default 0.1.</value>
    [Description("learning rate factor after an epoch without improvement"), Range(0.001, 1)]
    public double PlateauFactor { get; init; } = 0.1;

    /// <value>Floor of the learning rate; default 1e-6.</value>
    [Description("smallest learning rate"), Range(0, 1)]
    public double MinimumLearningRate { get; init; } = 1e-6;

    /// <value>Improvements of the validation AUC below this do not count; default 1e-6.</value>
    [Description("smallest improvement of the validation AUC"), Range(0, 1)]
    public double MinimumImprovement { get; init; } = 1e-6;

    /// <value>Same seed and data: bit-identical results, whatever the number of threads. Default 1.</value>
    [Description("seed")]
    public ulong Seed { get; init; } = 1;

    internal RowWire RowWire => new(RankRows, RankGradients);

    /// <summary>These options with everything decided that depends on the data.</summary>
    internal TrainingOptions For(ClickData data) => For(data.Train.RowCount);

    /// <summary>Likewise, for so many training rows.</summary>
    internal TrainingOptions For(long trainRows)
    {
        if (BatchSize > 0) return this;
        var size = LargestBatch;
        while (size > SmallestBatch && trainRows < (long)FewestSteps * size) size /= 2;
        return this with { BatchSize = size };
    }

    private const int LargestBatch = 4096;
    private const int SmallestBatch = 64;
    private const int FewestSteps = 40;
}
