using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>Where a model's vectors come from: tables by a plan, or a search's mixture of candidates.</summary>
public abstract class EmbeddingLayer : IDisposable
{
    private readonly List<EmbeddingTable> tables = [];
    private readonly List<Parameter> parameters = [];
    private readonly List<Parameter> statistics = [];

    /// <summary>D: the dimension of every vector that <see cref="Lookup"/> gives.</summary>
    public abstract int Dim { get; }

    /// <summary>Fields that have vectors.</summary>
    public abstract int FieldCount { get; }

    /// <summary>The dimension of each field's vectors as <see cref="Lookup"/> gives them; 0 for a field without.</summary>
    internal abstract IReadOnlyList<int> FieldDims { get; }

    /// <summary>The fields' own dimensions, before any map; 0 for a field without vectors.</summary>
    internal abstract IReadOnlyList<int> UnmappedDims { get; }

    /// <summary>Sum of the fields' own dimensions, before any map.</summary>
    public int UnmappedDim => UnmappedDims.Sum();

    /// <summary>Inputs of a layer over all fields' vectors side by side, as if every map were applied.</summary>
    public virtual int ConcatenatedDim => FieldCount * Dim;

    /// <summary>The sequences of the fields that have vectors, in the order of <see cref="FieldVectors.Sequences"/>.</summary>
    public IReadOnlyList<SequencePlace> Sequences { get; private protected init; } = [];

    internal IReadOnlyList<EmbeddingTable> Tables => tables;

    internal IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Running statistics: saved, but not trained.</summary>
    internal IReadOnlyList<Parameter> Statistics => statistics;

    /// <summary>The batch's vectors, each (·, Dim), with the unmapped ones and the maps behind them.</summary>
    public abstract FieldVectors Lookup(Tape tape, IndexedBatch input);

    public void Dispose()
    {
        foreach (var table in tables) table.Dispose();
        foreach (var parameter in parameters.Concat(statistics)) parameter.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a table of this layer to the model's set.</summary>
    /// <param name="rule">Number of the rule by which the field's rows lead to the table's; null: they are the same.</param>
    /// <param name="kept">How the rows lie packed where a mask keeps only some of their numbers; null: every row is whole.</param>
    /// <param name="codes">How the rows lie packed where they are codes; null: by the field's storage.</param>
    /// <param name="learnt">How the rows lie packed while they train; null: as numbers.</param>
    internal EmbeddingTable AddTable(TableSet set, int field, string name, long rows, int dim, double deviation, CounterRandom random, int? rule = null, KeptLayout? kept = null, RowCodes? codes = null, RowStorage? learnt = null)
    {
        var table = set.Add(field, name, rows, dim, rule, kept, codes, learnt);
        table.Initialise(deviation, random, set.Pool);
        tables.Add(table);
        return table;
    }

    internal Parameter AddParameter(Parameter parameter)
    {
        parameters.Add(parameter);
        return parameter;
    }

    internal Parameter AddStatistic(Parameter statistic)
    {
        statistics.Add(statistic);
        return statistic;
    }
}

/// <summary>A sequence that a model can read.</summary>
/// <param name="Name">As in the data.</param>
/// <param name="Dim">Dimension of its vectors, which its field's have too.</param>
public sealed record SequencePlace(string Name, int Dim)
{
    /// <summary>The sequences of the fields that have vectors.</summary>
    /// <param name="dims">The dimension of each field's vectors; 0 for a field without.</param>
    internal static SequencePlace[] Of(IReadOnlyList<Field> fields, IReadOnlyList<int> dims)
        => [.. fields.Zip(dims).Where(pair => pair.Second > 0).SelectMany(pair => (pair.First.Sequences ?? []).Select(sequence => new SequencePlace(sequence.Name, pair.Second)))];
}
