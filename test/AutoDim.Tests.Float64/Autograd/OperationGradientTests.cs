using AutoDim.Autograd;
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

    [Fact]
    public void LogLoss_OfLogits_EqualsCentralDifference()
    {
        var logits = probe.Input("logits", 12, 1, deviation: 4);
        using var labels = new NativeBuffer<float>(12);
        for (var i = 0; i < 12; i += 2) labels[i] = 1;
        Gradients.Check(probe.Tape, () => LogLoss.Apply(probe.Tape, logits, labels), [logits], []);
    }
}
