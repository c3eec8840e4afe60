using AutoDim.Autograd;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Moves dense weights by the same rules as the tables' rows; a parameter's rows are its matrix rows.</summary>
internal abstract class DenseOptimizer : IDisposable
{
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Per parameter the optimiser's state.</summary>
    public abstract IReadOnlyList<NativeBuffer<Real>> State { get; }

    public virtual long Step { get; set; }

    public virtual double LearningRate { get; set; }

    /// <summary>For all of a model's dense weights: those that are to become sparse by GRDA, the others as the options say.</summary>
    public static DenseOptimizer Create(CtrModel model, TrainingOptions options)
    {
        var (sparse, pool) = (model.SparseParameters, model.Context.Pool);
        var weights = Create([.. model.Parameters.Except(sparse)], pool, options.DenseOptimizer, options.LearningRate);
        return sparse.Count == 0 ? weights : new JoinedOptimizer(weights, new DenseOptimizer<GrdaRule>(sparse, pool, options.Grda.LearningRate, new GrdaRule(options.Grda)));
    }

    /// <summary>Dense weights learn by the element-wise form of a row-wise rule.</summary>
    public static DenseOptimizer Create(IReadOnlyList<Parameter> parameters, WorkerPool pool, OptimizerKind kind, double learningRate) => kind switch
    {
        OptimizerKind.Adam or OptimizerKind.RowWiseAdam => new DenseOptimizer<AdamRule>(parameters, pool, learningRate),
        OptimizerKind.Adagrad or OptimizerKind.RowWiseAdagrad => new DenseOptimizer<AdagradRule>(parameters, pool, learningRate),
        OptimizerKind.Sgd => new DenseOptimizer<SgdRule>(parameters, pool, learningRate),
        OptimizerKind.Ftrl => new DenseOptimizer<FtrlRule>(parameters, pool, learningRate),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown optimiser"),
    };

    public abstract double SquaredGradientNorm();

    /// <summary>One step over every parameter that has a gradient, then forgets the gradients.</summary>
    public abstract void Update(double gradientScale);

    public void DropGradients()
    {
        for (var i = 0; i < Parameters.Count; i++) Parameters[i].DropGradient();
    }

    /// <summary>Whether the parameters take part without a gradient.</summary>
    public void Freeze(bool frozen)
    {
        for (var i = 0; i < Parameters.Count; i++) Parameters[i].IsFrozen = frozen;
    }

    public void Dispose()
    {
        foreach (var state in State) state.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The dense optimiser for one rule.</summary>
internal sealed unsafe class DenseOptimizer<TRule> : DenseOptimizer
    where TRule : struct, IRowRule
{
    private const int RowsPerChunk = 32;

    private readonly WorkerPool pool;
    private readonly Parameter[] parameters;
    private readonly NativeBuffer<Real>[] state;
    private readonly (int Parameter, int First, int Last)[] chunks;
    private TRule rule;
    private Real scale;

    public DenseOptimizer(IReadOnlyList<Parameter> parameters, WorkerPool pool, double learningRate, TRule rule = default)
    {
        this.rule = rule;
        this.pool = pool;
        this.parameters = [.. parameters];
        LearningRate = learningRate;
        state = [.. parameters.Select(parameter => new NativeBuffer<Real>((long)parameter.Rows * rule.StateWidth(parameter.Columns)))];
        chunks = [.. this.parameters.SelectMany((parameter, index) => Enumerable
            .Range(0, (parameter.Rows + RowsPerChunk - 1) / RowsPerChunk)
            .Select(chunk => (index, chunk * RowsPerChunk, Math.Min(parameter.Rows, (chunk + 1) * RowsPerChunk))))];
    }

    public override IReadOnlyList<Parameter> Parameters => parameters;

    public override IReadOnlyList<NativeBuffer<Real>> State => state;

    public override double SquaredGradientNorm()
    {
        var sum = 0.0;
        foreach (var parameter in parameters)
        {
            if (parameter.HasGradient) sum += VectorKernels.Dot(parameter.Gradient, parameter.Gradient, (int)parameter.Length);
        }

        return sum;
    }

    public override void Update(double gradientScale)
    {
        Step++;
        rule.Begin(Step, LearningRate);
        scale = (Real)gradientScale;
        pool.For(chunks.Length, 1, this, static (self, first, last) =>
        {
            for (var c = first; c < last; c++) self.UpdateRows(self.chunks[c]);
        });
        DropGradients();
    }

    private void UpdateRows((int Parameter, int First, int Last) chunk)
    {
        var parameter = parameters[chunk.Parameter];
        if (!parameter.HasGradient) return;
        var columns = parameter.Columns;
        for (var row = chunk.First; row < chunk.Last; row++)
        {
            var gradient = parameter.GradientRow(row);
            if (scale != 1)
            {
                for (var c = 0; c < columns; c++) gradient[c] *= scale;
            }

            rule.Update(parameter.Row(row), gradient, state[chunk.Parameter].Pointer + ((long)row * rule.StateWidth(columns)), columns);
        }
    }
}
