using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Layers;
using AutoDim.Numerics;

namespace AutoDim.Models;

/// <summary>A click model: a batch in, one logit per sample out. Subclasses add parts and write the paper's equation.</summary>
public abstract class CtrModel : IDisposable
{
    private readonly List<EmbeddingLayer> embeddings = [];
    private readonly List<Layer> layers = [];
    private readonly List<Parameter> weights = [];

    protected CtrModel(ModelContext context)
    {
        Context = context;
        Set = context.Tables;
        Fields = context.Fields;
    }

    /// <summary>The fields the model was made for, in order; with their sequences where it reads those.</summary>
    public IReadOnlyList<Field> Fields { get; }

    internal ModelContext Context { get; }

    internal TableSet Set { get; }

    internal IReadOnlyList<EmbeddingTable> Tables => Set.Tables;

    /// <summary>Trained dense weights: maps, hidden layers, biases.</summary>
    internal IReadOnlyList<Parameter> Parameters => [.. embeddings.SelectMany(part => part.Parameters), .. layers.SelectMany(layer => layer.Parameters), .. weights];

    /// <summary>Running statistics, saved with the weights.</summary>
    internal IReadOnlyList<Parameter> Statistics => [.. embeddings.SelectMany(part => part.Statistics), .. layers.SelectMany(layer => layer.Statistics)];

    /// <summary>Those of <see cref="Parameters"/> that GRDA moves, so that what is of no use becomes 0; the others have the usual optimiser.</summary>
    internal virtual IReadOnlyList<Parameter> SparseParameters => [];

    /// <summary>The pairs of fields, and triples, that interact, of a model that selects them; null otherwise.</summary>
    internal virtual PairSelection? Selection => null;

    /// <summary>The table of a field's vectors, of a model that follows a plan.</summary>
    internal EmbeddingTable VectorTable(string field) => Tables.Single(table => table.Name == $"embedding.{field}");

    /// <summary>Every table of a field.</summary>
    internal IEnumerable<EmbeddingTable> TablesOf(int field) => Tables.Where(table => table.Field == field);

    /// <summary>Log-odds of a click for each sample: (B, 1).</summary>
    public abstract Tensor Forward(Tape tape, IndexedBatch input);

    public void Dispose()
    {
        foreach (var part in embeddings) part.Dispose();
        foreach (var layer in layers) layer.Dispose();
        foreach (var weight in weights) weight.Dispose();
        GC.SuppressFinalize(this);
    }

    protected TEmbedding Add<TEmbedding>(TEmbedding part)
        where TEmbedding : EmbeddingLayer
    {
        embeddings.Add(part);
        return part;
    }

    protected TLayer AddLayer<TLayer>(TLayer layer)
        where TLayer : Layer
    {
        layers.Add(layer);
        return layer;
    }

    /// <summary>A dense weight of the model's own, in the Xavier normal start: (rows, columns).</summary>
    protected Parameter AddWeight(string name, int rows, int columns) => AddParameter(Parameter.Xavier(name, rows, columns, Context.Random));

    /// <summary>A bias of the model's own, starting at 0: (1, columns).</summary>
    protected Parameter AddBias(string name, int columns) => AddParameter(Parameter.Constant(name, 1, columns));

    /// <summary>The first-order term that the options name, and the model's vectors, from which it may be read.</summary>
    protected (IFirstOrder FirstOrder, EmbeddingLayer Embedding) NewFirstOrderAndEmbedding()
    {
        if (Context.Options.FirstOrder == FirstOrderTerm.ValueWeights) return (NewFirstOrder(), NewEmbedding());
        var embedding = NewEmbedding();
        return (AddLayer(new VectorFirstOrder(embedding, Context.Random)), embedding);
    }

    /// <summary>A weight per value over all fields.</summary>
    protected FirstOrder NewFirstOrder(bool hasBias = true) => Add(new FirstOrder(Set, Fields, Context.Options.InitialDeviation, Context.Random, hasBias));

    /// <summary>The model's vectors: by the plan, or whatever a search puts in its place.</summary>
    protected EmbeddingLayer NewEmbedding() => Add(Context.Embedding(Context));

    /// <summary>Hidden layers over all of an embedding's vectors, and so many further inputs beside them.</summary>
    protected Mlp NewMlp(EmbeddingLayer embedding, int beside = 0) => NewMlpOf(embedding.ConcatenatedDim, beside);

    /// <summary>Hidden layers over other inputs.</summary>
    protected Mlp NewMlpOf(int inputs, int beside = 0) => AddLayer(new Mlp(
        "mlp", inputs, Context.Options.Hidden, Context.Options.BatchNorm, Context.Options.Dropout, Context.Random, beside, Context.Options.Activation));

    /// <summary>M(M − 1)/2, the pairs of fields that have vectors; throws where there is none.</summary>
    protected static int PairCount(EmbeddingLayer embedding) => embedding.FieldCount > 1
        ? embedding.FieldCount * (embedding.FieldCount - 1) / 2
        : throw new AutoDimException("the plan leaves one field with a vector; a model of pairs needs two or more");

    /// <summary>The fields that have vectors, in order.</summary>
    private protected Field[] FieldsOf(EmbeddingLayer embedding) => [.. Fields.Where((_, m) => embedding.FieldDims[m] > 0)];

    /// <summary>Numbers of all sequences' vectors, one of each side by side.</summary>
    protected static int SequenceDim(EmbeddingLayer embedding) => embedding.Sequences.Sum(sequence => sequence.Dim);

    private Parameter AddParameter(Parameter weight)
    {
        weights.Add(weight);
        return weight;
    }
}
