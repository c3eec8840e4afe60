using AutoDim.Compression.Elements;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Compression.AutoEmb;

/// <summary>AutoEmb's training (Zhao et al., arXiv 2002.11252): W learns on training batches, and after each step the controllers on a validation batch, first order.</summary>
internal sealed class AutoEmbSearch : ElementSearch
{
    /// <summary>Of the controllers, by Adam.</summary>
    private const double LearningRate = 1e-3;

    private readonly DenseOptimizer optimizer;
    private readonly BatchSampler valid;
    private readonly IndexedBatch validBatch;

    public AutoEmbSearch(MethodContext context)
        : this(context, new PopularityMixture(context.Fields, context.Counts, [.. context.Candidates.Where(dim => dim > 0 && dim < context.FullDim), context.FullDim], new CounterRandom(context.Training.Seed, 0xA0E3)))
    {
    }

    private AutoEmbSearch(MethodContext context, PopularityMixture mixture)
        : base("autoemb", context, mixture)
    {
        Mixture = mixture;
        optimizer = DenseOptimizer.Create(mixture.ControllerWeights, Model.Context.Pool, OptimizerKind.Adam, LearningRate);
        valid = new BatchSampler(context.Valid, context.Training.BatchSize, context.Training.Seed + 1);
        validBatch = new IndexedBatch(Model.Fields, context.Training.BatchSize, Model.Set);
    }

    public PopularityMixture Mixture { get; }

    protected override IReadOnlyList<NamedArray> Learnt =>
        [.. optimizer.Parameters.Select(NamedArray.Of), .. optimizer.State.Select((state, i) => NamedArray.Of($"optimizer.{optimizer.Parameters[i].Name}", state))];

    protected override IReadOnlyList<long> Place
    {
        get => [optimizer.Step, valid.Epoch, valid.Position];
        set
        {
            optimizer.Step = value[0];
            valid.Seek(value[1], value[2]);
        }
    }

    public override void Dispose()
    {
        validBatch.Dispose();
        optimizer.Dispose();
        foreach (var weight in optimizer.Parameters) weight.Dispose();
        base.Dispose();
    }

    protected override double NextStep()
    {
        optimizer.Freeze(true);
        var loss = Learner.Step();
        optimizer.Freeze(false);
        optimizer.DropGradients();
        valid.Next(validBatch.Batch);
        Learner.GradientsBeside(validBatch);
        optimizer.Update(1);
        return loss;
    }
}
