using AutoDim.Autograd;
using AutoDim.Compression.Elements;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Compression.AutoSrh;

/// <summary>
/// AutoSrh's search (Cheng et al., TKDE 2023; DNIS, arXiv 2006.04466), from the trained full model on: W learns on training batches, and after each step the gates
/// α on a validation batch, first order. α's gradient, its L1 included, is divided by its mean size in each row, so that blocks of rare values learn as fast as those
/// of frequent ones; then α makes a step of plain descent and is clipped to [0, 1].
/// </summary>
internal sealed unsafe class AutoSrhSearch : ElementSearch
{
    /// <summary>L, the blocks that all fields' values together are divided into, equally many in each, by how often they occur.</summary>
    public const int Blocks = 6;

    /// <summary>λ of the L1 on α.</summary>
    public const double L1 = 1e-5;

    /// <summary>How far gates of mean gradient can travel in a run: all the way, and half as far again.</summary>
    private const double Travel = 1.5;

    private const double Epsilon = 1e-8;

    private readonly BlockGates gates;
    private readonly BatchSampler valid;
    private readonly IndexedBatch validBatch;

    public AutoSrhSearch(MethodContext context)
        : this(context, new BlockGates(Parameter.Constant("gates", Blocks, context.FullDim, 1), BlocksOf(context.Counts)))
    {
    }

    private AutoSrhSearch(MethodContext context, BlockGates gates)
        : base("autosrh", context, gates)
    {
        this.gates = gates;
        valid = new BatchSampler(context.Valid, context.Training.BatchSize, context.Training.Seed + 1);
        validBatch = new IndexedBatch(Model.Fields, context.Training.BatchSize, Model.Set);
        LearningRate = Math.Clamp(Travel / Steps, 1e-3, 5e-2); // the paper's where a run is long
        using var full = context.LoadFull();
        var weights = LearnerState.Weights(full).ToDictionary(array => array.Name);
        foreach (var target in LearnerState.Weights(Model)) Buffer.MemoryCopy((void*)weights[target.Name].Address, (void*)target.Address, target.Bytes, target.Bytes);
    }

    /// <summary>α, (L, d).</summary>
    public Parameter Gates => gates.Parameter;

    public double LearningRate { get; }

    protected override IReadOnlyList<NamedArray> Learnt => [NamedArray.Of(Gates)];

    protected override IReadOnlyList<long> Place
    {
        get => [valid.Epoch, valid.Position];
        set => valid.Seek(value[0], value[1]);
    }

    /// <summary>Of each field and row its block, 0 that of the most frequent values.</summary>
    /// <param name="counts">Occurrences of each row of each field in training.</param>
    public static ushort[][] BlocksOf(IReadOnlyList<long[]> counts)
    {
        ushort[][] blocks = [.. counts.Select(list => new ushort[list.Length])];
        var values = counts.SelectMany((list, m) => list.Select((count, row) => (Field: m, Row: row, Count: count))).OrderByDescending(value => value.Count).ToArray();
        for (var i = 0; i < values.Length; i++) blocks[values[i].Field][values[i].Row] = (ushort)((long)i * Blocks / values.Length);
        return blocks;
    }

    /// <summary>|e·α| of every number.</summary>
    public ElementScores Scores(MethodContext context) => ElementScores.Of(context, m => Model.VectorTable(Model.Fields[m].Name), (m, row, numbers, scores) =>
    {
        var gate = Gates.Row(gates.BlockOf(m, row));
        for (var k = 0; k < context.FullDim; k++) scores[k] = Real.Abs(numbers[k] * gate[k]);
    });

    /// <summary>α's step by the gradient that it has.</summary>
    public void MoveGates()
    {
        for (var block = 0; block < Blocks; block++)
        {
            Real* gate = Gates.Row(block), gradient = Gates.GradientRow(block);
            Real mean = 0;
            for (var k = 0; k < Gates.Columns; k++)
            {
                if (gate[k] > 0) gradient[k] += (Real)L1;
                mean += Real.Abs(gradient[k]) / Gates.Columns;
            }

            for (var k = 0; k < Gates.Columns; k++) gate[k] = Real.Clamp(gate[k] - ((Real)LearningRate * gradient[k] / (mean + (Real)Epsilon)), 0, 1);
        }
    }

    public override void Dispose()
    {
        validBatch.Dispose();
        Gates.Dispose();
        base.Dispose();
    }

    protected override double NextStep()
    {
        Gates.IsFrozen = true;
        var loss = Learner.Step();
        valid.Next(validBatch.Batch);
        Gates.IsFrozen = false;
        Gates.DropGradient();
        Learner.GradientsBeside(validBatch);
        Gates.EnsureGradient();
        MoveGates();
        return loss;
    }
}
