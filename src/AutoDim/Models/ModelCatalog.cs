using System.Collections.Immutable;
using AutoDim.Embeddings;
using AutoDim.Settings;

namespace AutoDim.Models;

/// <summary>The models by the names the command line uses.</summary>
public static class ModelCatalog
{
    private static ImmutableArray<Entry> entries =
    [
        new("lr", "logistic regression", context => new LogisticRegression(context), HasVectors: false) { LinearRow = _ => LinearRow.Weight },
        new("fm", "factorization machine (Rendle, 2010)", context => new FM(context)),
        new("ffm", "field-aware factorization machine (Juan et al., 2016)", context => new FFM(context), TakesPadding: false),
        new("fwfm", "field-weighted factorization machine (Pan et al., 2018)", context => new FwFM(context)) { LinearRow = FwFM.LinearRowOf },
        new("afm", "attentional factorization machine (Xiao et al., 2017)", context => new AFM(context)),
        new("nfm", "neural factorization machine (He, Chua, 2017)", context => new NFM(context)),
        new("dnn", "hidden layers over the concatenated vectors", context => new Dnn(context), HasFirstOrder: false, NeedsEqualDims: false),
        new("fnn", "hidden layers on what a factorization machine learned (Zhang et al., 2016)", context => new FNN(context), NeedsEqualDims: false) { LinearRow = _ => LinearRow.Weight },
        new("ipnn", "product-based network, inner products (Qu et al., 2016)", context => new PNN(context, PNN.ProductKinds.Inner), HasFirstOrder: false),
        new("opnn", "product-based network, outer products (Qu et al., 2016)", context => new PNN(context, PNN.ProductKinds.Outer), HasFirstOrder: false),
        new("pnn", "product-based network, inner and outer products (Qu et al., 2016)", context => new PNN(context, PNN.ProductKinds.Inner | PNN.ProductKinds.Outer), HasFirstOrder: false),
        new("widedeep", "Wide & Deep (Cheng et al., 2016)", context => new WideDeep(context), NeedsEqualDims: false),
        new("deepfm", "DeepFM (Guo et al., 2017)", context => new DeepFM(context)),
        new("autofis", "DeepFM that selects its pairs, AutoFIS (Liu et al., 2020)", context => new AutoFIS(context)),
        new("dcn", "Deep & Cross Network (Wang et al., 2017)", context => new DCN(context), HasFirstOrder: false, NeedsEqualDims: false),
        new("dcnv2", "Deep & Cross Network v2 (Wang et al., 2021)", context => new DCNv2(context), HasFirstOrder: false, NeedsEqualDims: false),
        new("xdeepfm", "xDeepFM, compressed interaction network (Lian et al., 2018)", context => new XDeepFM(context)),
        new("autoint", "AutoInt, attention between fields (Song et al., 2019)", context => new AutoInt(context, hasHidden: false), HasFirstOrder: false),
        new("autoint+", "AutoInt with hidden layers beside it (Song et al., 2019)", context => new AutoInt(context, hasHidden: true), HasFirstOrder: false),
        new("finalmlp", "FinalMLP, two streams joined (Mao et al., 2023)", context => new FinalMLP(context), HasFirstOrder: false, NeedsEqualDims: false),
        new("youtubednn", "hidden layers over the vectors and the mean of each behaviour sequence (Covington et al., 2016)", context => new YouTubeDnn(context), HasFirstOrder: false, NeedsEqualDims: false, ReadsSequences: true),
        new("din", "Deep Interest Network, attention of the target over behaviour sequences (Zhou et al., 2018)", context => new DIN(context), HasFirstOrder: false, NeedsEqualDims: false, ReadsSequences: true),
    ];

    internal static IReadOnlyList<Entry> All => entries;

    /// <summary>Adds a model of the caller's own, to be named in options like any other.</summary>
    /// <param name="create">Its constructor; called once per training, and with a search layer in place of the embedding while searching.</param>
    /// <param name="hasFirstOrder">Whether it has a first-order weight per value, which counts towards a budget.</param>
    /// <param name="needsEqualDims">Whether it needs vectors of equal dimensions; one that only concatenates may go without maps.</param>
    /// <param name="readsSequences">Whether it reads behaviour sequences; another is made for the fields alone.</param>
    /// <exception cref="AutoDimException">There is a model of that name.</exception>
    public static void Register(string name, string description, Func<ModelContext, CtrModel> create, bool hasFirstOrder = true, bool needsEqualDims = true, bool readsSequences = false)
        => ImmutableInterlocked.Update(ref entries, all => all.Any(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ? throw new AutoDimException($"there is a model '{name}' already; choose another name")
            : all.Add(new Entry(name, description, create, HasFirstOrder: hasFirstOrder, NeedsEqualDims: needsEqualDims, ReadsSequences: readsSequences)
            {
                LinearRow = _ => hasFirstOrder ? LinearRow.Weight : LinearRow.None,
            }));

    /// <summary>Takes a registered model out again.</summary>
    internal static void Forget(string name) => ImmutableInterlocked.Update(ref entries, all => all.RemoveAll(entry => entry.Name == name));

    /// <summary>The model of this name; throws naming the known ones.</summary>
    internal static Entry Find(string name) => entries.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new AutoDimException($"there is no model '{name}'{NearestWord.Suggestion(name, entries.Select(entry => entry.Name))}; choose one of {string.Join(", ", entries.Select(entry => entry.Name))}");

    /// <param name="Make">Its constructor.</param>
    /// <param name="HasVectors">Whether the model has embedding vectors, so that dimensions can be chosen.</param>
    /// <param name="HasFirstOrder">Whether it has a first-order term, with a weight per value unless its options say otherwise.</param>
    /// <param name="NeedsEqualDims">Whether it takes inner products of vectors, so that a plan must make their dimensions equal.</param>
    /// <param name="TakesPadding">Whether padding with zeros will do; not where coordinates have partners of their own.</param>
    /// <param name="ReadsSequences">Whether it reads behaviour sequences; another is made for the fields alone.</param>
    internal sealed record Entry(
        string Name, string Description, Func<ModelContext, CtrModel> Make, bool HasVectors = true, bool HasFirstOrder = true, bool NeedsEqualDims = true, bool TakesPadding = true,
        bool ReadsSequences = false)
    {
        /// <summary>What a value has beside its vector, with these options.</summary>
        public Func<ModelOptions, LinearRow> LinearRow { get; init; } = options => HasFirstOrder && options.FirstOrder == FirstOrderTerm.ValueWeights ? Embeddings.LinearRow.Weight : Embeddings.LinearRow.None;

        /// <summary>Whether its first-order term can be read from its vectors, by <see cref="ModelOptions.FirstOrder"/>.</summary>
        public bool CanReadFirstOrder => LinearRow(new ModelOptions()) != LinearRow(new ModelOptions { FirstOrder = FirstOrderTerm.FieldVectors });

        /// <summary>Whether these options say so.</summary>
        public bool ReadsFirstOrder(ModelOptions options) => CanReadFirstOrder && options.FirstOrder == FirstOrderTerm.FieldVectors;

        /// <summary>Makes the model.</summary>
        /// <exception cref="AutoDimException">It reads behaviour sequences and the data has none, or its options or plan do not fit.</exception>
        public CtrModel Create(ModelContext context)
        {
            if (!ReadsSequences) return Make(context.WithoutSequences());
            return context.Fields.Any(field => field.Sequences != null) ? Make(context)
                : throw new AutoDimException("this model reads behaviour sequences and the data has none; declare one in the schema (docs/data.md) and prepare the data again");
        }

        /// <summary>The ways in which the model can take a plan of mixed dimensions.</summary>
        public IReadOnlyList<Projection> Projections
            => [Projection.Linear, .. TakesPadding ? (ReadOnlySpan<Projection>)[Projection.ZeroPadding] : [], .. NeedsEqualDims ? (ReadOnlySpan<Projection>)[] : [Projection.None]];
    }
}
