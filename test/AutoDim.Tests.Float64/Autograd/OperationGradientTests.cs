using AutoDim.Autograd;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Autograd;

/// <summary>Central differences of every dense operation by itself.</summary>
public sealed class OperationGradientTests : IDisposable
{
    private readonly OperationProbe probe = new();

    public void Dispose() => probe.Dispose();

    [Theory, InlineData(false, false), InlineData(false, true), InlineData(true, false), InlineData(true, true)]
    public void Linear_BiasAndRelu_EqualsCentralDifference(bool hasBias, bool relu)
    {
        Parameter x = probe.Input("x", 9, 5), weight = probe.Input("weight", 5, 4);
        var bias = hasBias ? probe.Input("bias", 1, 4) : null;
        probe.Check(() => probe.Tape.Linear(x, weight, bias, relu));
    }

    [Fact]
    public void Linear_OneWeightUsedTwice_EqualsCentralDifference()
    {
        Parameter x = probe.Input("x", 7, 4), weight = probe.Input("weight", 4, 4), bias = probe.Input("bias", 1, 4);
        probe.Check(() => probe.Tape.Linear(probe.Tape.Linear(x, weight, bias), weight, bias));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void BatchNorm_WithAndWithoutRelu_EqualsCentralDifference(bool relu)
    {
        Parameter x = probe.Input("x", 11, 4), scale = probe.Input("scale", 1, 4), shift = probe.Input("shift", 1, 4);
        Parameter mean = probe.Constant("mean", 1, 4), variance = probe.Constant("variance", 1, 4, 1);
        probe.Check(() => BatchNorm.Apply(probe.Tape, x, scale, shift, mean, variance, relu));
    }

    [Fact]
    public void BatchNorm_WithoutScaleAndShift_EqualsCentralDifference()
    {
        Parameter x = probe.Input("x", 11, 4), mean = probe.Constant("mean", 1, 4), variance = probe.Constant("variance", 1, 4, 1);
        probe.Check(() => BatchNorm.Apply(probe.Tape, x, scale: null, shift: null, mean, variance, relu: false));
    }

    [Theory, InlineData(5), InlineData(150), InlineData(1)]
    public void FeatureGate_OfEachSampleOrAll_EqualsCentralDifference(int gates)
    {
        Parameter x = probe.Input("x", gates == 1 ? 150 : gates, 19), g = probe.Input("g", gates, 19);
        probe.Check(() => probe.Tape.FeatureGate(x, g));
    }

    [Fact]
    public void Product_ManyRows_EqualsCentralDifference()
    {
        Parameter a = probe.Input("a", 150, 5), b = probe.Input("b", 150, 5);
        probe.Check(() => Product.Apply(probe.Tape, a, b));
    }

    [Fact]
    public void GroupResponses_UnequalGroups_EqualsCentralDifference()
    {
        Parameter queries = probe.Input("queries", 40, 7), keys = probe.Input("keys", 5, 7);
        probe.Check(() => GroupResponses.Apply(probe.Tape, queries, keys, new VectorGroups(7, 3)));
    }

    [Fact]
    public void GroupCentroids_SharedCodes_EqualsCentralDifference()
    {
        var centroids = probe.Input("centroids", 5, 7);
        var codes = probe.Constant("codes", 40, 3);
        for (var i = 0; i < codes.Values.Length; i++) codes.Values[i] = i * 7 % 5;
        probe.Check(() => GroupCentroids.Apply(probe.Tape, codes, centroids, new VectorGroups(7, 3)));
    }

    [Fact]
    public void Dropout_SameStep_EqualsCentralDifference()
    {
        var x = probe.Input("x", 8, 9);
        probe.Check(() => probe.Tape.Dropout(x, 0.4));
    }

    [Fact]
    public void Sum_EqualShapes_EqualsCentralDifference()
    {
        Parameter a = probe.Input("a", 6, 3), b = probe.Input("b", 6, 3);
        probe.Check(() => probe.Tape.Add(a, b));
    }

    [Fact]
    public void Sum_OneNumber_EqualsCentralDifference()
    {
        Parameter a = probe.Input("a", 6, 1), b = probe.Input("b", 1, 1);
        probe.Check(() => probe.Tape.Add(a, b));
    }

    [Fact]
    public void Sum_TensorWithItself_EqualsCentralDifference()
    {
        var a = probe.Input("a", 6, 3);
        probe.Check(() => probe.Tape.Add(a, a));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Linear_GroupsPlusAnother_EqualsCentralDifference(bool relu)
    {
        Parameter x = probe.Input("x", 9, 3 * 5), weight = probe.Input("weight", 5, 4), bias = probe.Input("bias", 1, 4), plus = probe.Input("plus", 9, 3 * 4);
        probe.Check(() => probe.Tape.Linear(x, weight, bias, relu, plus));
    }

    [Fact]
    public void GroupLinear_ThreeGroups_EqualsCentralDifference()
    {
        Parameter x = probe.Input("x", 9, 3 * 5), weight = probe.Input("weight", 3 * 5, 4);
        probe.Check(() => probe.Tape.GroupLinear(x, weight, 3));
    }

    [Fact]
    public void MultiplyAdd_OneInputTwice_EqualsCentralDifference()
    {
        Parameter a = probe.Input("a", 9, 5), b = probe.Input("b", 9, 5);
        probe.Check(() => probe.Tape.MultiplyAdd(a, b, a));
    }

    [Fact]
    public void CrossVector_TwoLayers_EqualsCentralDifference()
    {
        Parameter first = probe.Input("first", 9, 5), weight = probe.Input("weight", 5, 1), bias = probe.Input("bias", 1, 5);
        probe.Check(() => probe.Tape.CrossVector(first, probe.Tape.CrossVector(first, first, weight, bias), weight, bias));
    }

    [Fact]
    public void Tanh_RowsOfNineteen_EqualsCentralDifference()
    {
        var x = probe.Input("x", 5, 19);
        probe.Check(() => probe.Tape.Tanh(x));
    }

    [Fact]
    public void Dice_RowsOfNineteen_EqualsCentralDifference()
    {
        Parameter x = probe.Input("x", 7, 19), slope = probe.Input("slope", 1, 19);
        Parameter mean = probe.Constant("mean", 1, 19), variance = probe.Constant("variance", 1, 19, 1);
        probe.Check(() => probe.Tape.Dice(x, slope, mean, variance));
    }

    /// <summary>On vectors of 4 fields in 3 dimensions, 6 pairs; for less than a vector of samples and for more than two.</summary>
    public static TheoryData<string, int> LaneOperations() => [.. from name in (string[])["inner", "chosen", "triples", "outer", "fieldAware", "weighted", "softmax", "gates", "sums", "swap", "dot", "append"] from samples in (int[])[5, 19] select (name, samples)];

    [Theory, MemberData(nameof(LaneOperations))]
    public void LaneOperation_FewAndManySamples_EqualsCentralDifference(string name, int samples)
    {
        var (tape, x) = (probe.Tape, probe.Input("x", samples, 12));
        Parameter Other(int columns) => probe.Input("other", samples, columns);
        Func<Tensor> operation = name switch
        {
            "inner" => () => tape.InnerProducts(x, 4),
            "chosen" => () => tape.InnerProducts(x, 4, [(0, 3), (1, 2), (1, 3), (2, 3)]),
            "triples" => () => tape.TripleProducts(x, 4, [(0, 1, 2), (0, 1, 3), (1, 2, 3)]),
            "fieldAware" => () => tape.FieldAwareProducts(x, 3),
            "outer" => () => tape.OuterProduct(x, 4),
            "weighted" => With(Other(6), weights => tape.WeightedPairs(x, weights, 4)),
            "softmax" => () => tape.Softmax(x),
            "gates" => With(Other(4), gates => tape.GateGroups(x, gates)),
            "sums" => () => tape.SumGroups(x, 4),
            "swap" => () => tape.SwapAxes(x, 4),
            "dot" => With(Other(12), other => tape.RowDot(x, other)),
            _ => With(Other(2), other => tape.Append(x, other)),
        };
        probe.Check(operation);

        static Func<Tensor> With(Parameter other, Func<Parameter, Tensor> operation) => () => operation(other);
    }

    /// <summary>Fewer fields than a tile, and more.</summary>
    [Theory, InlineData(3), InlineData(6)]
    public void SelfAttention_TwoHeads_EqualsCentralDifference(int fields)
    {
        Parameter queries = probe.Input("queries", 9, fields * 4), keys = probe.Input("keys", 9, fields * 4), values = probe.Input("values", 9, fields * 4);
        probe.Check(() => probe.Tape.SelfAttention(queries, keys, values, fields, heads: 2));
    }

    /// <summary>In one chunk, in several parts, and in chunks of a sample each.</summary>
    [Theory, InlineData(20, 4, 3, 5), InlineData(150, 4, 3, 5), InlineData(20, 64, 2, 64)]
    public void PairAttention_OneAndSeveralChunks_EqualsCentralDifference(int samples, int fields, int dim, int units)
    {
        Parameter x = probe.Input("x", samples, fields * dim), weight = probe.Input("weight", dim, units), bias = probe.Input("bias", 1, units), readout = probe.Input("readout", units, 1, 0.01);
        if (fields > 4) bias.Values.Fill(30); // no corner of ReLU among so many
        probe.Check(() => probe.Tape.PairAttention(x, weight, bias, readout, fields));
    }

    /// <summary>In one chunk, and in chunks of 256 coordinates.</summary>
    [Theory, InlineData(4, 5, 1), InlineData(64, 64, 0.02)]
    public void CompressedInteraction_OneAndSeveralChunks_EqualsCentralDifference(int fields, int units, double deviation)
    {
        Parameter first = probe.Input("first", 20, 16 * fields), one = probe.Input("one", fields * fields, units, deviation), two = probe.Input("two", units * fields, 2, deviation);
        probe.Check(() => probe.Tape.CompressedInteraction(probe.Tape.CompressedInteraction(first, first, one, dim: 16), first, two, dim: 16));
    }

    [Fact]
    public void LogLoss_OfLogits_EqualsCentralDifference()
    {
        var logits = probe.Input("logits", 12, 1, deviation: 4);
        using var labels = new NativeBuffer<float>(12);
        for (var i = 0; i < 12; i += 2) labels[i] = 1;
        Gradients.Check(probe.Tape, () => LogLoss.Apply(probe.Tape, logits, labels), [logits], []);
    }
}
