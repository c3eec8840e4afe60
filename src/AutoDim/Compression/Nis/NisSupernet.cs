using AutoDim.Autograd;
using AutoDim.Compression.Elements;
using AutoDim.Data;
using AutoDim.Evaluation;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Compression.Nis;

/// <summary>
/// The model that NIS asks (Joglekar et al., KDD 2020): its rows are cut into blocks, of which those of a choice are there. It warms up with all of them, then every step has a choice drawn evenly.
/// </summary>
internal sealed class NisSupernet : ElementSearch
{
    /// <summary>Share of the steps that have all blocks.</summary>
    private const double WarmUp = 0.25;

    private readonly BlockGates gates;
    private readonly CounterRandom random;
    private readonly Scorer scorer;
    private readonly BatchSampler valid;
    private readonly float[] scores;

    /// <param name="name">Of the method.</param>
    public NisSupernet(string name, MethodContext context, NisSpace space)
        : this(name, context, space, new BlockGates(Parameter.Constant("gates", context.Fields.Count * NisSpace.RowGroups, context.FullDim, 1), space.Groups))
    {
    }

    private NisSupernet(string name, MethodContext context, NisSpace space, BlockGates gates)
        : base(name, context, gates)
    {
        this.gates = gates;
        gates.Parameter.IsFrozen = true;
        Space = space;
        random = new CounterRandom(context.Training.Seed, 0x2115);
        scorer = new Scorer(Model, context.Training.BatchSize);
        valid = new BatchSampler(context.Valid, context.Training.BatchSize, context.Training.Seed + 1);
        scores = new float[context.Training.BatchSize];
    }

    public NisSpace Space { get; }

    /// <summary>1 for each number of each row group that a choice keeps, else 0: (fields · row groups, D).</summary>
    public Parameter Gates => gates.Parameter;

    protected override IReadOnlyList<NamedArray> Learnt => [];

    /// <summary>Lets the blocks of a choice be there, and no others.</summary>
    public void Take(IReadOnlyList<int> choice)
    {
        for (var row = 0; row < Gates.Rows; row++)
        {
            var (field, group) = (row / NisSpace.RowGroups, row % NisSpace.RowGroups);
            for (var (t, first) = (0, 0); t < Space.Columns; first = Space.DimOf(t), t++)
            {
                Gates.Values.Slice((row * Gates.Columns) + first, Space.WidthOf(t)).Fill(group < Space.Limit(field, t, choice) ? 1 : 0);
            }
        }
    }

    /// <summary>AUC of the next validation batch with the blocks taken; NaN where it has only one class.</summary>
    public double NextAuc()
    {
        valid.Next(scorer.Batch);
        var size = scorer.Batch.Size;
        scorer.ScoreBatch(scores.AsSpan(0, size));
        return Auc.Compute(scores.AsSpan(0, size), scorer.Batch.Labels.AsSpan()[..size]);
    }

    /// <summary>Back to the first validation batch, so that every budget is asked the same.</summary>
    public void BeginValidation() => valid.Seek(0, 0);

    public override void Dispose()
    {
        scorer.Dispose();
        Gates.Dispose();
        base.Dispose();
    }

    protected override double NextStep()
    {
        var draws = random.Fork((ulong)Step);
        Take([.. Enumerable.Range(0, Space.Decisions).Select(decision => Step < WarmUp * Steps ? Space.Whole(decision) : (int)draws.Below(decision, Space.OptionsOf(decision)))]);
        return Learner.Step();
    }
}
