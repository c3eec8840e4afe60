using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>
/// A model with its tape and optimisers, and the one step that all training is made of: gather, forward, loss, backward, update.
/// </summary>
internal sealed class Learner : IDisposable
{
    /// <summary>The part of a step, to <see cref="Autograd.StepClock"/>, in which gradients of all ranks are added up.</summary>
    internal const string Summing = "sums over ranks";

    private readonly Scorer scorer;
    private readonly GradientSum sum;
    private IReadOnlyList<Autograd.Parameter> beside = [], summed;
    private double rateFactor = 1;

    public Learner(CtrModel model, TrainingOptions options)
    {
        if (model.Tables.Any(table => table is { IsPacked: true, Learns: false })) throw new ArgumentException("a model with packed tables scores, and does not learn", nameof(model));
        if (model.Context.Pool.Ranks.AreSeveral && model.Set.Forms.FirstOrDefault(form => form is Embeddings.Forms.CodedForm) is { } form) throw new AutoDimException($"rows of the form {form} learn by all distinct rows of a batch together, which no rank has; train them in one process, without mpirun");
        Model = model;
        Options = options;
        Tape = new Autograd.Tape(model.Context.Pool, options.Seed) { NormalisesShares = options.RankBatchNorm == BatchNormScope.Local };
        Tables = TableOptimizer.Create(model.Set, options.Tables);
        Dense = DenseOptimizer.Create(model, options);
        Input = new IndexedBatch(model.Fields, options.BatchSize, model.Set, options.RowWire);
        scorer = new Scorer(model, options.EvaluationBatchSize);
        sum = new GradientSum(model.Context.Pool.Ranks);
        summed = Dense.Parameters;
    }

    public CtrModel Model { get; }

    public TrainingOptions Options { get; }

    public Autograd.Tape Tape { get; }

    public TableOptimizer Tables { get; }

    public DenseOptimizer Dense { get; }

    /// <summary>Weights that learn beside the model's dense ones, such as a search's; ranks sum their gradients too.</summary>
    public IReadOnlyList<Autograd.Parameter> Beside
    {
        get => beside;
        init
        {
            beside = value;
            summed = [.. Dense.Parameters, .. value];
        }
    }

    /// <summary>The rows that the last pass has gradients for; where there are several ranks, those that this one updates, with all ranks' gradients.</summary>
    public IReadOnlyList<Autograd.TableLookup> Lookups { get; private set; } = [];

    /// <summary>The batch to fill before <see cref="Step"/>.</summary>
    public IndexedBatch Input { get; }

    /// <summary>Learning rate of tables and dense weights, as a multiple of what the options say.</summary>
    public double RateFactor
    {
        get => rateFactor;
        set
        {
            rateFactor = value;
            Dense.LearningRate = Options.LearningRate * value;
            Tables.LearningRate = Options.Tables.LearningRate * value;
        }
    }

    /// <summary>One step on <see cref="Input"/>; returns the batch's mean logloss before the update.</summary>
    public double Step()
    {
        var loss = Gradients(Input);
        if (!double.IsFinite(loss)) throw Diverged($"the loss became {loss} at step {Tables.Step + 1}", Divergence.In(LearnerState.Weights(Model)) ?? "every weight is a number, sums of them are not");

        Tape.Clock?.Begin("clipping");
        var scale = 1.0;
        if (Options.ClipNorm > 0)
        {
            var norm = Math.Sqrt(Dense.SquaredGradientNorm() + Tables.SquaredGradientNorm(Lookups));
            if (!double.IsFinite(norm)) throw Diverged($"the gradient's norm became {norm} at step {Tables.Step + 1}", Divergence.InGradients(this) ?? "its squares are too large to be summed");
            if (norm > Options.ClipNorm) scale = Options.ClipNorm / (norm + 1e-6);
        }

        Tape.Clock?.Begin("table optimiser");
        Tables.Update(Lookups, scale);
        Tape.Clock?.Begin("dense optimiser");
        Dense.Update(scale);
        Tape.Clock?.Begin((string?)null);
        return loss;
    }

    /// <summary>Forward and backward only: the gradients of the mean logloss on a filled batch, of which each rank has its share. Returns the loss.</summary>
    public double Gradients(IndexedBatch input)
    {
        if (Model.Context.Pool.Ranks.AreSeveral && !input.Batch.IsShared) throw new AutoDimException("this method trains in one process only; start it without mpirun");
        Tape.Clock?.Begin("distinct rows");
        input.Index(Model.Context.Pool);
        Tape.Clock?.Begin("table rows catch up");
        Tables.CatchUp(input);
        input.Exchange?.Fetch();
        Dense.DropGradients();
        Tape.Reset();
        Tape.Step = Tables.Step;
        Tape.Batch = input.Batch;
        var loss = Autograd.TapeOperations.LogLoss(Tape, Model.Forward(Tape, input), input.Batch);
        Tape.Backward(loss);
        Model.Set.MaskGradients(Tape.Lookups);
        Lookups = Tape.Lookups;
        if (input.Exchange is not { } exchange) return loss[0, 0];
        Tape.Clock?.Begin(Summing);
        sum.Start(loss[0, 0], summed);
        Lookups = exchange.Merge(Tape.Lookups);
        Tables.CatchUp(Lookups);
        return sum.Finish();
    }

    /// <summary>Gradients of those weights alone that are neither tables nor the model's dense ones, such as a search's; no running statistic moves.</summary>
    public void GradientsBeside(IndexedBatch input)
    {
        Dense.Freeze(true);
        Tape.TablesFrozen = true;
        Tape.UpdatesStatistics = false;
        Gradients(input);
        Tape.UpdatesStatistics = true;
        Tape.TablesFrozen = false;
        Dense.Freeze(false);
    }

    /// <summary>Log-odds of every sample of a split, in its order. No state of the learner changes, but that rows catch up and ranks' statistics are merged.</summary>
    public float[] Score(DataSplit split)
    {
        MergeStatistics();
        Tables.CatchUpAll();
        return scorer.Score(split);
    }

    /// <summary>Each rank's running statistics become their mean over ranks, where BatchNorm is of shares; before they are kept.</summary>
    public unsafe void MergeStatistics()
    {
        var ranks = Model.Context.Pool.Ranks;
        if (!ranks.AreSeveral || Options.RankBatchNorm == BatchNormScope.Global) return;
        foreach (var statistic in Model.Statistics)
        {
            ranks.Sum(statistic.Value, checked((int)statistic.Length));
            foreach (ref var value in statistic.Values) value /= ranks.Count;
        }
    }

    /// <summary>Looks at every weight and at the optimisers' state; before they are kept.</summary>
    /// <exception cref="DivergenceException">One is no number.</exception>
    public void CheckNumbers()
    {
        if (Divergence.In(LearnerState.All(this)) is { } place) throw Diverged($"weights diverged by step {Tables.Step}", place);
    }

    private DivergenceException Diverged(string what, string place)
        => new($"{what}: {place}; lower the learning rate (now {Dense.LearningRate}, tables {Tables.LearningRate}) or clip gradients (now {Options.ClipNorm}). The last checkpoint, where there is one, is from before");

    /// <summary>Bytes of activations and their gradients.</summary>
    public long ActivationBytes => Tape.ActivationBytes;

    public void Dispose()
    {
        Tape.Dispose();
        scorer.Dispose();
        sum.Dispose();
        Tables.Dispose();
        Dense.Dispose();
        Input.Dispose();
    }
}
