using AutoDim.Embeddings;

namespace AutoDim.Models;

/// <summary>The models by the names the command line uses.</summary>
internal static class ModelCatalog
{
    private static readonly Entry[] Entries =
    [
        new("lr", "logistic regression", context => new LogisticRegression(context), HasVectors: false),
        new("fm", "factorization machine (Rendle, 2010)", context => new FM(context)),
        new("dnn", "hidden layers over the concatenated vectors", context => new Dnn(context), HasFirstOrder: false, NeedsEqualDims: false),
        new("widedeep", "Wide & Deep (Cheng et al., 2016)", context => new WideDeep(context), NeedsEqualDims: false),
        new("deepfm", "DeepFM (Guo et al., 2017)", context => new DeepFM(context)),
    ];

    public static IReadOnlyList<Entry> All => Entries;

    /// <summary>The model of this name; throws naming the known ones.</summary>
    public static Entry Find(string name) => Array.Find(Entries, entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new AutoDimException($"there is no model '{name}'; choose one of {string.Join(", ", Entries.Select(entry => entry.Name))}");

    /// <param name="HasVectors">Whether the model has embedding vectors, so that dimensions can be chosen.</param>
    /// <param name="HasFirstOrder">Whether it has a first-order weight per value.</param>
    /// <param name="NeedsEqualDims">Whether it takes inner products of vectors, so that a plan must make their dimensions equal.</param>
    internal sealed record Entry(string Name, string Description, Func<ModelContext, CtrModel> Create, bool HasVectors = true, bool HasFirstOrder = true, bool NeedsEqualDims = true)
    {
        /// <summary>The ways in which the model can take a plan of mixed dimensions.</summary>
        public IReadOnlyList<Projection> Projections => NeedsEqualDims ? [Projection.Linear, Projection.ZeroPadding] : [Projection.Linear, Projection.ZeroPadding, Projection.None];
    }
}
