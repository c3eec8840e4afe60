using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// The embedding of a search: every field's rows carry all candidates, unified to D and mixed by the architecture weights α.
/// It stands where a planned embedding would, so any model can be searched.
/// </summary>
internal sealed class SearchEmbedding : EmbeddingLayer
{
    /// <summary>Small enough that inner products over many fields start below one.</summary>
    private const double FirstGain = 0.1;

    private readonly FieldTables tables;
    private readonly FieldMixture[] mixtures;
    private readonly FieldVector[] mixed;
    private readonly FieldVectors result;
    private readonly bool writtenOut;
    private readonly Parameter? gains;
    private readonly CounterRandom noise;

    public SearchEmbedding(ModelContext context, SearchSpace space, AutoDimOptions options)
    {
        Space = space;
        writtenOut = options.Layer == SearchLayer.WrittenOut;
        if (writtenOut && context.Pool.Ranks.AreSeveral) throw new AutoDimException("the written-out search layer knows one process only; leave --layer as it is, collapsed, or use one process");
        noise = context.Random.Fork(0x6E015E);
        var fields = context.Fields;
        tables = new FieldTables(this, context.Tables, "embedding", fields, [.. fields.Select(_ => space.RowWidth)], options.InitialDeviation, context.Random);
        Alpha = Parameter.Constant("alpha", space.Choices.Count, space.Candidates.Count);
        var shared = options.Maps == CandidateMaps.Shared ? NewMaps("map.shared", options, context.Random) : null;
        mixtures = [.. fields.Select((field, m) => new FieldMixture
        {
            FirstChoice = space.Choices.TakeWhile(choice => choice.Field < m).Count(),
            Blocks = space.Blocks[m],
            Maps = shared ?? NewMaps($"map.{field.Name}", options, context.Random),
            RunningMean = AddStatistic(Parameter.Constant($"map.{field.Name}.mean", space.Candidates.Count, space.Dim)),
            RunningVariance = AddStatistic(Parameter.Constant($"map.{field.Name}.variance", space.Candidates.Count, space.Dim, 1)),
        })];
        gains = options.Gains ? AddParameter(Parameter.Constant("gains", fields.Count, 1, FirstGain)) : null;
        Sequences = SequencePlace.Of(fields, FieldDims);
        result = new FieldVectors(0, new FieldVector[fields.Count], sequences: new SequenceEntries[Sequences.Count]);
        mixed = gains == null ? result.Fields : new FieldVector[fields.Count];
    }

    public SearchSpace Space { get; }

    /// <summary>Architecture weights (choices, N); 0 is uniform. Not among <see cref="EmbeddingLayer.Parameters"/>: α has its own optimiser.</summary>
    public Parameter Alpha { get; }

    /// <summary>τ of the Gumbel softmax, above 0.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>Number of the Gumbel draw; each pass of a search has its own.</summary>
    public long Draw { get; set; }

    public override int Dim => Space.Dim;

    public override int FieldCount => Space.Fields.Count;

    internal override IReadOnlyList<int> FieldDims => [.. Space.Fields.Select(_ => Dim)];

    internal override IReadOnlyList<int> UnmappedDims => FieldDims;

    public override FieldVectors Lookup(Tape tape, IndexedBatch input)
    {
        var vectors = tables.Lookup(tape, input);
        for (var m = 0; m < vectors.Length; m++)
        {
            mixtures[m].Source = vectors[m];
            mixtures[m].Distinct = vectors[m].PositionsAddress == 0 ? null : input.Fields[m];
        }

        var p = GumbelSoftmax.Apply(tape, Alpha, Space.AllowedCounts, Temperature, tape.IsTraining ? noise.Fork((ulong)Draw) : null);
        if (writtenOut) WrittenOutMixture.Apply(tape, Space, mixtures, p, mixed);
        else CollapsedMixture.Apply(tape, Space, mixtures, p, mixed);
        // Written out, every entry has a vector of its own, in the entries' order.
        for (var s = 0; s < tables.Sequences.Length; s++) result.Sequences[s] = writtenOut ? tables.Sequences[s] with { PositionsAddress = 0 } : tables.Sequences[s];
        if (gains != null) FieldGains.Apply(tape, gains, mixed, result.Fields);
        result.BatchSize = input.Size;
        return result;
    }

    /// <summary>
    /// The map of a field's candidate of dimension d with its BatchNorm's running statistics and the field's gain folded in, cut to the first
    /// <paramref name="columns"/> of D: weight (d, columns) and bias (columns).
    /// </summary>
    public unsafe (Real[] Weight, Real[] Bias, CandidateSlice Slice) FoldedMap(int field, int dim, int columns)
    {
        var n = Enumerable.Range(0, Space.Candidates.Count).First(candidate => Space.DimOf(field, candidate) == dim);
        var (slice, mixture) = (Space.SliceOf(field, n), mixtures[field]);
        var (weight, bias) = (new Real[dim * columns], new Real[columns]);
        for (var j = 0; j < columns; j++)
        {
            var inverse = (gains == null ? 1 : gains.Values[field]) / Real.Sqrt(mixture.RunningVariance.Row(n)[j] + (Real)FieldMixture.Epsilon);
            bias[j] = -mixture.RunningMean.Row(n)[j] * inverse;
            for (var k = 0; k < dim; k++) weight[(k * columns) + j] = mixture.Maps.Row(slice.MapStart + k)[j] * inverse;
        }

        return (weight, bias, slice);
    }

    private Parameter NewMaps(string name, AutoDimOptions options, CounterRandom random)
    {
        if (options.Maps != CandidateMaps.ZeroPadding) return AddParameter(Parameter.Xavier($"{name}.weight", Space.MapRows, Space.Dim, random));

        // Padding is the fixed map that keeps coordinate k in column k: BatchNorm of a column of zeros stays zero.
        var padding = AddStatistic(Parameter.Constant($"{name}.padding", Space.MapRows, Space.Dim));
        foreach (var slice in Space.Slices)
        {
            for (var k = 0; k < slice.Dim; k++) padding.Values[((slice.MapStart + k) * Space.Dim) + k] = 1;
        }

        padding.IsFrozen = true;
        return padding;
    }
}
