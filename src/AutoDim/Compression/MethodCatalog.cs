using AutoDim.Compression.AutoEmb;
using AutoDim.Compression.AutoSrh;
using AutoDim.Compression.Nis;
using AutoDim.Compression.OptEmbed;
using AutoDim.Compression.Pep;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Search.AutoDim;
using AutoDim.Settings;

namespace AutoDim.Compression;

/// <summary>The methods by the names the command line uses.</summary>
internal static class MethodCatalog
{
    public const string Uniform = "uniform";

    /// <summary>All names, for help texts.</summary>
    public const string Names = "uniform, random, mde, pruning, spectral, sseds, autodim-s, autodim, autodim-blocks, measured, folding, measured-folding, measured-blocks, rounded, alpt, measured-rounded, measured-blocks-rounded, measured-blocks-mixed, autodim-blocks-rounded, measured-mixed, magnitude, pep, autosrh, hashing, qr, robe, tt-rec, dpq, dpq-sx, mgqe, optembed, nis, nis-multi, autoemb";

    public static IReadOnlyList<Entry> All { get; } =
    [
        new(Uniform, "one dimension for every field", (context, _) => new UniformMethod(context)),
        new("random", "random search: the best of some random plans", (context, _) => new RandomMethod(context)),
        new("mde", "mixed dimensions by popularity (Ginart et al., 2019)", (context, _) => new MdeMethod(context)),
        new("pruning", "structured magnitude pruning of the trained tables", (context, _) => new PruningMethod(context)),
        new("spectral", "spectrum of the trained tables, weighted by occurrence (after Wang et al., 2023)", (context, _) => new SpectralMethod(context)),
        new("sseds", "single-shot search by the gradient of a mask (Qu et al., 2022)", (context, _) => new SsedsMethod(context)),
        new("autodim-s", "AutoDim-s, weights and architecture together (Zhao et al., 2021)", (context, options) => new AutoDimMethod(context, singleLevel: true, options.Tolerance)) { Searches = true },
        new("autodim", "AutoDim (Zhao et al., 2021)", (context, options) => new AutoDimMethod(context, singleLevel: false, options.Tolerance)) { Searches = true },
        new("autodim-blocks", "AutoDim where popular and rare values of a field choose apart", (context, _) => BlocksMethod.Searched(context)) { Searches = true },
        new("measured", "what each field's dimensions are worth to the trained model, measured on validation", (context, _) => new MeasuredMethod(context, folds: false)),
        new("folding", "rare values share a row, the full dimension for the others", (context, _) => new FoldingMethod(context)),
        new("measured-folding", "like measured, and rare values may share a row", (context, _) => new MeasuredMethod(context, folds: true)),
        new("measured-blocks", "like measured-folding, and rare values of a field may have fewer dimensions than popular ones", (context, _) => BlocksMethod.Measured(context)),
        new("rounded", "uniform dimensions, trained on with rows rounded to their storage", (context, _) => new RoundedMethod(new UniformMethod(context))) { Rounds = true },
        new("alpt", "uniform dimensions, rows of 16 or 8 bits while they train too, rounded by chance (after Li et al., 2023)", (context, _) => new StoredMethod(new UniformMethod(context))),
        new("measured-rounded", "like measured-folding, trained on with rows rounded to their storage", (context, _) => new RoundedMethod(new MeasuredMethod(context, folds: true))) { Rounds = true },
        new("measured-blocks-rounded", "like measured-blocks, trained on with rows rounded to their storage", (context, _) => new RoundedMethod(BlocksMethod.Measured(context))) { Rounds = true },
        new("measured-blocks-mixed", "like measured-blocks-rounded, and popular values of a field may have finer numbers too, none coarser than the request's", (context, _) => new RoundedMethod(BlocksMethod.Mixed(context))) { Rounds = true, Mixes = true },
        new("autodim-blocks-rounded", "like autodim-blocks, trained on with rows rounded to their storage", (context, _) => new RoundedMethod(BlocksMethod.Searched(context))) { Rounds = true, Searches = true },
        new("measured-mixed", "like measured-folding, and each field has its own storage, none coarser than the request's", (context, _) => new MixedMethod(context)) { Mixes = true },
        new("magnitude", "magnitude pruning number by number, with sparse rows (after Han et al., 2015)", (context, _) => new MagnitudeMethod(context)),
        new("pep", "PEP: learnt soft thresholds, with sparse rows (Liu et al., 2021)", (context, _) => new PepMethod(context)),
        new("autosrh", "AutoSrh: gates of blocks of values, with sparse rows (Cheng et al., 2023)", (context, _) => new AutoSrhMethod(context)),
        new("hashing", "values share rows by a hash (Weinberger et al., 2009)", (context, _) => new HashingMethod(context)),
        new("qr", "a row for the value's quotient times one for its remainder (Shi et al., 2020)", (context, _) => new QuotientRemainderMethod(context)),
        new("robe", "vectors in blocks at hashed places of one array (Desai et al., 2022)", (context, _) => new RobeMethod(context)),
        new("tt-rec", "tables as tensor trains (Yin et al., 2021)", (context, _) => new TensorTrainMethod(context)),
        new("dpq", "codes of the nearest centroids, learned with the model (Chen et al., 2020)", (context, _) => new DpqMethod(context, (groups, centroids) => new DpqForm(groups, centroids))),
        new("dpq-sx", "the same with codes by a softmax (Chen et al., 2020)", (context, _) => new DpqMethod(context, (groups, centroids) => new DpqSoftmaxForm(groups, centroids))),
        new("mgqe", "codes of the nearest centroids, of fewer for rarer values (Kang et al., 2020)", (context, _) => new DpqMethod(context, (groups, centroids) => new MgqeForm(groups, centroids, Math.Max(2, centroids / 4)))),
        new("optembed", "OptEmbed: learnt thresholds of rows, dimensions by evolution (Lyu et al., 2022)", (context, _) => new OptEmbedMethod(context)),
        new("nis", "NIS: rows and dimension of each field by a controller that knows the bytes (Joglekar et al., 2020)", (context, _) => new NisMethod(context, isMulti: false)),
        new("nis-multi", "multi-size NIS: how many rows have each group of dimensions, with sparse rows (Joglekar et al., 2020)", (context, _) => new NisMethod(context, isMulti: true)),
        new("autoemb", "AutoEmb: a controller chooses each value's dimension by its popularity (Zhao et al., 2020)", (context, _) => new AutoEmbMethod(context)),
    ];

    /// <summary>The method of this name.</summary>
    /// <exception cref="AutoDimException">There is none; the message names those there are.</exception>
    public static Entry Find(string name) => All.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new AutoDimException($"there is no method '{name}'{NearestWord.Suggestion(name, All.Select(entry => entry.Name))}; choose among {string.Join(", ", All.Select(entry => entry.Name))}");

    internal sealed record Entry(string Name, string Description, Func<MethodContext, AutoDimOptions, ICompressionMethod> Create)
    {
        /// <summary>Whether rows are rounded to their storage while they train.</summary>
        public bool Rounds { get; init; }

        /// <summary>Whether fields, or values, may have different storages, of which a request's is the coarsest.</summary>
        public bool Mixes { get; init; }

        /// <summary>Those among some storages that differ for the method: of one that mixes storages the coarsest request has the finer ones' plans too.</summary>
        public IReadOnlyList<RowStorage> Different(IReadOnlyList<RowStorage> storages) => Mixes && storages.Count > 0 ? [storages.MinBy(RowFormat.FinenessOf)] : storages;

        /// <summary>Those of them that the method is to be asked for to reach a goal: a method that rounds in training alone has two or three bits.</summary>
        public IReadOnlyList<RowStorage> Asked(IReadOnlyList<RowStorage> storages) => Different([.. storages.Where(storage => Rounds || !RowFormat.NeedsRounding(storage))]);

        /// <summary>Whether its plans come from a search of AutoDim's.</summary>
        public bool Searches { get; init; }
    }
}
