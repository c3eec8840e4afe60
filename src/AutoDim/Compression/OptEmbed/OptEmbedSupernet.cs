using AutoDim.Autograd;
using AutoDim.Compression.Elements;
using AutoDim.Data;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Evaluation;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Compression.OptEmbed;

/// <summary>
/// OptEmbed's first stage (Lyu et al., CIKM 2022): thresholds of rows learn with the model, which is trained with dimensions drawn at random, so that it can then be
/// asked what any dimensions are worth. The loss has α Σ_m exp(−t_m) besides, which raises the thresholds until the data object.
/// </summary>
internal sealed unsafe class OptEmbedSupernet : ElementSearch
{
    /// <summary>α, of the authors' range.</summary>
    public const double Alpha = 1e-4;

    /// <summary>Rows of validation that tell dimensions apart; evolution asks hundreds of times.</summary>
    private const long EnoughRows = 1 << 15;

    private readonly SupernetMasks masks;
    private readonly DenseOptimizer optimizer;
    private readonly Scorer scorer;
    private readonly SplitSample sample;
    private readonly float[] labels;

    public OptEmbedSupernet(MethodContext context)
        : this(context, new SupernetMasks(Parameter.Constant("thresholds", context.Fields.Count, 1), context.FullDim, new CounterRandom(context.Training.Seed, 0x0E3B)))
    {
    }

    private OptEmbedSupernet(MethodContext context, SupernetMasks masks)
        : base("optembed", context, masks)
    {
        this.masks = masks;
        optimizer = DenseOptimizer.Create([masks.Thresholds], Model.Context.Pool, OptimizerKind.Adam, context.Training.LearningRate);
        scorer = new Scorer(Model, context.Training.EvaluationBatchSize);
        sample = new SplitSample(context.Valid, EnoughRows);
        labels = Labels.Of(sample);
    }

    /// <summary>t, (M, 1).</summary>
    public Parameter Thresholds => masks.Thresholds;

    protected override IReadOnlyList<NamedArray> Learnt => [NamedArray.Of(Thresholds), NamedArray.Of("optimizer.thresholds", optimizer.State[0])];

    protected override IReadOnlyList<long> Place
    {
        get => [optimizer.Step];
        set => optimizer.Step = value[0];
    }

    /// <summary>Of each field and row ‖e‖₁ − t: above 0 where the row is there.</summary>
    public Real[][] Margins() => [.. Model.Fields.Select((field, m) =>
    {
        var table = Model.VectorTable(field.Name);
        return Enumerable.Range(0, checked((int)table.Rows)).Select(row => MaskRows.Norm(table.Row(row), table.Dim) - Thresholds.Row(m)[0]).ToArray();
    })];

    /// <summary>Validation AUC with these dimensions, each field's threshold raised by so much.</summary>
    public double Auc(int[] dims, Real[] raises)
    {
        (masks.Dims, masks.Raises) = (dims, raises);
        return Evaluation.Auc.Compute(scorer.Score(sample), labels);
    }

    public override void Dispose()
    {
        scorer.Dispose();
        sample.Dispose();
        optimizer.Dispose();
        Thresholds.Dispose();
        base.Dispose();
    }

    protected override double NextStep()
    {
        Thresholds.DropGradient();
        var loss = Learner.Step();
        Thresholds.EnsureGradient();
        for (var m = 0; m < Thresholds.Rows; m++) Thresholds.Gradient[m] -= (Real)Alpha * Real.Exp(-Thresholds.Value[m]);
        optimizer.Update(1);
        return loss;
    }
}
