using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>Moves a model's tables by the gradients of the rows that a pass looked up, and holds the optimiser's state.</summary>
internal abstract unsafe class TableOptimizer : IDisposable
{
    private double learningRate;

    /// <summary>Per table: rows × state width.</summary>
    public abstract IReadOnlyList<NativeBuffer<Real>> State { get; }

    /// <summary>Numbers of state for each of a table's rows.</summary>
    public abstract int StateWidth(EmbeddingTable table);

    /// <summary>Per table the step each row was last brought up to; empty unless lazy with L2 or decay.</summary>
    public abstract IReadOnlyList<NativeBuffer<int>> LastSteps { get; }

    /// <summary>Steps made so far.</summary>
    public long Step { get; set; }

    /// <summary>η, changed by schedules; first every row makes the steps it missed at the rate they had.</summary>
    public double LearningRate
    {
        get => learningRate;
        set
        {
            if (Step > 0 && value != learningRate) CatchUpAll();
            learningRate = value;
        }
    }

    /// <summary>Bytes of state.</summary>
    public long StateBytes => State.Sum(state => state.Bytes) + LastSteps.Sum(steps => steps.Bytes);

    public static TableOptimizer Create(TableSet set, TableOptimizerOptions options) => options.Kind switch
    {
        OptimizerKind.Adam => new TableOptimizer<AdamRule>(set, options),
        OptimizerKind.RowWiseAdam => new TableOptimizer<RowWiseAdamRule>(set, options),
        OptimizerKind.Adagrad => new TableOptimizer<AdagradRule>(set, options),
        OptimizerKind.RowWiseAdagrad => new TableOptimizer<RowWiseAdagradRule>(set, options),
        OptimizerKind.Sgd => new TableOptimizer<SgdRule>(set, options),
        OptimizerKind.Ftrl => new TableOptimizer<FtrlRule>(set, options),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "unknown optimiser"),
    };

    /// <summary>Before a pass: brings the rows it will look up to the present, where updates are lazy with L2 or decay.</summary>
    public abstract void CatchUp(IndexedBatch input);

    /// <summary>Before an update: likewise the rows that other ranks looked up.</summary>
    public abstract void CatchUp(IReadOnlyList<TableLookup> lookups);

    /// <summary>Brings every row to the present; before evaluation and saving.</summary>
    public abstract void CatchUpAll();

    /// <summary>Σ of squared gradients, the penalty's included, for clipping by global norm.</summary>
    public abstract double SquaredGradientNorm(IReadOnlyList<TableLookup> lookups);

    /// <summary>One step; every gradient is multiplied by <paramref name="gradientScale"/>.</summary>
    public abstract void Update(IReadOnlyList<TableLookup> lookups, double gradientScale);

    public void Dispose()
    {
        foreach (var state in State) state.Dispose();
        foreach (var steps in LastSteps) steps.Dispose();
        GC.SuppressFinalize(this);
    }
}
