using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>How the tables learn.</summary>
public sealed record TableOptimizerOptions
{
    /// <value>Default Adam.</value>
    [Description("optimiser of the tables"), DisplayName("optimizer")]
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <value>Above 0, at most 10; default 1e-3.</value>
    [Description("learning rate of the tables"), Range(1e-12, 10)]
    public double LearningRate { get; init; } = 1e-3;

    /// <value>λ of the whole-table penalty (λ/2)·‖table‖², 0 to 10; default 0.</value>
    [Description("L2 on whole tables, lambda of (lambda/2)*|table|^2"), Range(0, 10)]
    public double L2 { get; init; }

    /// <value>Decoupled weight decay: a row shrinks by 1 − η·decay a step, 0 to 1; default 0.</value>
    [Description("decoupled weight decay of the tables"), Range(0, 1)]
    public double WeightDecay { get; init; }

    /// <value>
    /// Dense updates move every row on every step: exact for L2, decay and Adam's moments, at the cost of passing over all
    /// weights and their state each step. Lazy updates move the rows of the batch; with an L2 or decay a row catches up, step
    /// by step, on those it missed when it is next touched, and at evaluation. That is exact but for clipping, which sees the
    /// penalty of touched rows only and leaves missed steps whole. Null (default): dense up to <see cref="DenseLimit"/> weights
    /// where there is an L2, else lazy.
    /// </value>
    [Description("update every row every step (exact), instead of touched rows only")]
    public bool? Dense { get; init; }

    /// <summary>Weights up to which an L2 is applied densely by default: about a millisecond a step.</summary>
    public const long DenseLimit = 4_000_000;

    internal bool IsDense(long weights) => Dense ?? (L2 > 0 && weights <= DenseLimit);
}
