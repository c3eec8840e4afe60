using AutoDim.Autograd;
using AutoDim.Compression.Elements;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Training;

namespace AutoDim.Compression.Pep;

/// <summary>
/// PEP's training (Liu et al., ICLR 2021): the model learns through soft thresholds that learn with it, and numbers fall to zero on the way. As in the
/// authors' code, what raises the thresholds is an L2 on s under Adam, which from −15 moves it steadily towards 0, until the loss of the data objects.
/// One run serves all budgets: of each number it notes how long it was alive.
/// </summary>
internal sealed unsafe class PepSearch : ElementSearch
{
    /// <summary>s at the start, where σ(s) is 3·10⁻⁷.</summary>
    public const double Start = -15;

    /// <summary>λ of the L2 on s, the authors'.</summary>
    public const double L2 = 1e-5;

    /// <summary>How often in a run it is looked which numbers are alive.</summary>
    private const int Looks = 100;

    private readonly Parameter thresholds;
    private readonly DenseOptimizer optimizer;
    private readonly ElementScores scores;

    /// <param name="scores">Where it is noted how long each number was alive: the last look at which it was, and as a fraction below 1 how far above its threshold it was then. Not this search's to dispose of.</param>
    public PepSearch(MethodContext context, ElementScores scores)
        : this(context, scores, new SoftThresholds(Parameter.Constant("thresholds", context.Fields.Count, context.FullDim, Start)))
    {
    }

    private PepSearch(MethodContext context, ElementScores scores, SoftThresholds transform)
        : base("pep", context, transform)
    {
        thresholds = transform.Parameter;
        this.scores = scores;
        // So that s can travel from its start to 0 within the run; the authors' 1e-3 where that is long enough.
        optimizer = DenseOptimizer.Create([thresholds], Model.Context.Pool, OptimizerKind.Adam, Math.Clamp(-Start / Steps, 1e-3, 5e-2));
    }

    /// <summary>s, (M, d).</summary>
    public Parameter Thresholds => thresholds;

    public double LearningRate => optimizer.LearningRate;

    protected override IReadOnlyList<NamedArray> Learnt => [NamedArray.Of(thresholds), NamedArray.Of("optimizer.thresholds", optimizer.State[0]), .. scores.Fields.Select((alive, m) => NamedArray.Of($"alive.{Model.Fields[m].Name}", alive))];

    protected override IReadOnlyList<long> Place
    {
        get => [optimizer.Step];
        set => optimizer.Step = value[0];
    }

    /// <summary>Notes which numbers are alive, |V| > σ(s).</summary>
    /// <param name="look">Number of the look, from 1.</param>
    public void Look(long look)
    {
        Learner.Tables.CatchUpAll();
        for (var m = 0; m < Model.Fields.Count; m++)
        {
            var table = Model.VectorTable(Model.Fields[m].Name);
            for (var k = 0; k < table.Dim; k++)
            {
                var threshold = SoftThreshold.Of(thresholds, m, k);
                for (var row = 0L; row < table.Rows; row++)
                {
                    var above = Real.Abs(table.Row(row)[k]) - threshold;
                    if (above > 0) scores.Row(m, row)[k] = look + (above / (1 + above));
                }
            }
        }
    }

    public override void Dispose()
    {
        optimizer.Dispose();
        thresholds.Dispose();
        base.Dispose();
    }

    protected override double NextStep()
    {
        thresholds.DropGradient();
        var loss = Learner.Step();
        thresholds.EnsureGradient();
        for (var i = 0L; i < thresholds.Length; i++) thresholds.Gradient[i] += (Real)L2 * thresholds.Value[i];
        optimizer.Update(1);
        var every = Math.Max(1, Steps / Looks);
        if (Step % every == 0 || Step == Steps) Look((Step + every - 1) / every);
        return loss;
    }
}
