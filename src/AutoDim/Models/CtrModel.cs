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

    private protected CtrModel(ModelContext context)
    {
        Context = context;
        Set = context.Tables;
        Fields = context.Fields;
    }

    /// <summary>The fields the model was made for, in order.</summary>
    public IReadOnlyList<Field> Fields { get; }

    internal ModelContext Context { get; }

    internal TableSet Set { get; }

    internal IReadOnlyList<EmbeddingTable> Tables => Set.Tables;

    /// <summary>Trained dense weights: maps, hidden layers, biases.</summary>
    internal IReadOnlyList<Parameter> Parameters => [.. embeddings.SelectMany(part => part.Parameters), .. layers.SelectMany(layer => layer.Parameters)];

    /// <summary>Running statistics, saved with the weights.</summary>
    internal IReadOnlyList<Parameter> Statistics => [.. embeddings.SelectMany(part => part.Statistics), .. layers.SelectMany(layer => layer.Statistics)];

    /// <summary>Log-odds of a click for each sample: (B, 1).</summary>
    public abstract Tensor Forward(Tape tape, IndexedBatch input);

    public void Dispose()
    {
        foreach (var part in embeddings) part.Dispose();
        foreach (var layer in layers) layer.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected TEmbedding Add<TEmbedding>(TEmbedding part)
        where TEmbedding : EmbeddingLayer
    {
        embeddings.Add(part);
        return part;
    }

    private protected TLayer AddLayer<TLayer>(TLayer layer)
        where TLayer : Layer
    {
        layers.Add(layer);
        return layer;
    }

    /// <summary>The first-order term over all fields.</summary>
    private protected FirstOrder NewFirstOrder() => Add(new FirstOrder(Set, Fields, Context.Options.InitialDeviation, Context.Random));

    /// <summary>The model's vectors: by the plan, or whatever a search puts in its place.</summary>
    private protected EmbeddingLayer NewEmbedding() => Add(Context.Embedding(Context));

    /// <summary>Hidden layers over all of an embedding's vectors.</summary>
    private protected Mlp NewMlp(EmbeddingLayer embedding) => AddLayer(new Mlp(
        "mlp", embedding.ConcatenatedDim, Context.Options.Hidden, Context.Options.BatchNorm, Context.Options.Dropout, Context.Random));
}
