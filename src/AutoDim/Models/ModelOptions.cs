using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Layers;
using AutoDim.Settings;

namespace AutoDim.Models;

/// <summary>What a model is made of besides its embeddings. One declaration feeds the API, YAML, the command line and its help.</summary>
public sealed record ModelOptions
{
    private const string WithHidden = "nfm, dnn, fnn, ipnn, opnn, pnn, widedeep, deepfm, autofis, dcn, dcnv2, xdeepfm, autoint+, finalmlp, youtubednn, din", AllWithHidden = "all models with hidden layers";

    /// <value>Units of each hidden layer, 1 to 65,536 each; default 400, 400, 400.</value>
    [Description("units of each hidden layer"), Models(WithHidden, AllWithHidden), Range(1, 65_536)]
    public IReadOnlyList<int> Hidden { get; init; } = [400, 400, 400];

    /// <value>BatchNorm between a hidden layer and its ReLU; default on.</value>
    [Description("BatchNorm in the hidden layers"), Models(WithHidden, AllWithHidden)]
    public bool BatchNorm { get; init; } = true;

    /// <value>Share of hidden units dropped while training, 0 to 0.95; default 0.2.</value>
    [Description("dropout rate of the hidden layers"), Models(WithHidden, AllWithHidden), Range(0, 0.95)]
    public double Dropout { get; init; } = 0.2;

    /// <value>Activation of the hidden layers; default ReLU.</value>
    [Description("activation of the hidden layers"), Models(WithHidden, AllWithHidden)]
    public ActivationKind Activation { get; init; }

    /// <value>First-order term of the models that have one, but FwFM, whose own is <see cref="LinearTerm"/>, and those made of nothing else; default a weight per value.</value>
    [Description("first-order term: a weight per value, or read from the values' vectors by a vector per field, which stores less"), Models("fm, ffm, afm, nfm, widedeep, deepfm, autofis, xdeepfm")]
    public FirstOrderTerm FirstOrder { get; init; }

    /// <value>FwFM's linear term; default a vector per field.</value>
    [Description("linear term: a vector per field, a weight per value, or a second vector per value"), Models("fwfm")]
    public LinearTerm LinearTerm { get; init; }

    /// <value>Cross layers of DCN and DCNv2, 1 to 20; default 3.</value>
    [Description("cross layers"), Models("dcn, dcnv2"), Range(1, 20)]
    public int CrossLayers { get; init; } = 3;

    /// <value>How DCNv2 joins its cross and hidden layers; default parallel.</value>
    [Description("hidden layers beside the cross layers, or on them"), Models("dcnv2")]
    public CrossStructure CrossStructure { get; init; }

    /// <value>Rank of each expert in DCNv2's cross layers, 0 to 4,096; default 0, one full matrix instead of experts.</value>
    [Description("rank of each cross layer's experts, 0 for one full matrix"), Models("dcnv2"), Range(0, 4096)]
    public int CrossRank { get; init; }

    /// <value>Experts of each of DCNv2's low-rank cross layers, 1 to 64; default 4.</value>
    [Description("experts of each cross layer that has a rank"), Models("dcnv2"), Range(1, 64)]
    public int CrossExperts { get; init; } = 4;

    /// <value>Feature maps of each of xDeepFM's interaction layers, 1 to 4,096 each; default 64, 64.</value>
    [Description("feature maps of each compressed interaction layer"), Models("xdeepfm"), Range(1, 4096)]
    public IReadOnlyList<int> InteractionUnits { get; init; } = [64, 64];

    /// <value>Attention layers of AutoInt, 1 to 20; default 3.</value>
    [Description("attention layers"), Models("autoint, autoint+"), Range(1, 20)]
    public int AttentionLayers { get; init; } = 3;

    /// <value>Units of AutoInt's attention, all heads together, or of AFM's and DIN's attention network, 1 to 4,096; default 64.</value>
    [Description("attention units, all heads together"), Models("autoint, autoint+, afm, din"), Range(1, 4096)]
    public int AttentionUnits { get; init; } = 64;

    /// <value>Attention heads of AutoInt, 1 to 64; default 2. They divide the attention units.</value>
    [Description("attention heads"), Models("autoint, autoint+"), Range(1, 64)]
    public int AttentionHeads { get; init; } = 2;

    /// <value>Dropout of what attention gives, 0 to 0.95; default 0.</value>
    [Description("dropout rate of attention"), Models("autoint, autoint+, afm, din"), Range(0, 0.95)]
    public double AttentionDropout { get; init; }

    /// <value>Units of each hidden layer of FinalMLP's second stream, 1 to 65,536 each; default 400.</value>
    [Description("units of the second stream's hidden layers"), Models("finalmlp"), Range(1, 65_536)]
    public IReadOnlyList<int> SecondHidden { get; init; } = [400];

    /// <value>Heads in which FinalMLP's streams are joined, 1 to 256; default 4. They divide the last hidden units of both streams.</value>
    [Description("heads of the two streams' product"), Models("finalmlp"), Range(1, 256)]
    public int FusionHeads { get; init; } = 4;

    /// <value>Units of each hidden layer of FinalMLP's feature gates, 1 to 65,536 each; null, the default: no gates.</value>
    [Description("units of each hidden layer of the streams' feature gates; without it, no gates"), Models("finalmlp"), Range(1, 65_536)]
    public IReadOnlyList<int>? GateHidden { get; init; }

    /// <value>Fields whose vectors condition the gate of FinalMLP's first stream; null, the default: a learned vector does.</value>
    [Description("fields that condition the first stream's gate; without them, the same gate for every sample"), Models("finalmlp")]
    public IReadOnlyList<string>? FirstGateFields { get; init; }

    /// <value>Likewise of its second stream.</value>
    [Description("fields that condition the second stream's gate; without them, the same gate for every sample"), Models("finalmlp")]
    public IReadOnlyList<string>? SecondGateFields { get; init; }

    /// <value>Whether AutoFIS selects among pairs of fields, 2, the default, or among pairs and triples, 3. M fields have M(M − 1)(M − 2)/6 triples.</value>
    [Description("2 to select among pairs of fields, 3 among pairs and triples"), Models("autofis"), Range(2, 3)]
    public int InteractionOrder { get; init; } = 2;

    /// <value>Pairs of fields that AutoFIS lets interact, each as first:second; null, the default: all, to be selected among, or none where triples are given.</value>
    [Description("pairs of fields that interact, each as first:second; without these and triples, all, to be selected among"), Models("autofis")]
    public IReadOnlyList<string>? Pairs { get; init; }

    /// <value>Triples of fields that AutoFIS lets interact, each as first:second:third; null, the default: as <see cref="InteractionOrder"/> says, or none where pairs are given.</value>
    [Description("triples of fields that interact, each as first:second:third"), Models("autofis")]
    public IReadOnlyList<string>? Triples { get; init; }

    /// <value>Standard deviation of the tables' normal start, 0 to 1; default 1e-4, as in the public benchmark.</value>
    [Description("standard deviation of the tables' start"), Range(0, 1)]
    public double InitialDeviation { get; init; } = 1e-4;
}
