using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>
/// Hidden layers, each Linear → BatchNorm (option) → ReLU → Dropout, then one output: (B, I) → (B, 1).
/// Fed with field vectors, it folds a plan's maps into its first layer, which then has Σ d columns instead of M·D.
/// </summary>
internal sealed class Mlp : Layer
{
    private readonly Hidden[] hidden;
    private readonly Parameter outputWeight, outputBias;
    private readonly double dropout;

    public Mlp(string name, int inputs, IReadOnlyList<int> units, bool batchNorm, double dropout, CounterRandom random)
    {
        if (units.Count == 0 || units.Any(count => count < 1)) throw new AutoDimException($"hidden layers of [{string.Join(", ", units)}] units; give one layer or more, each of 1 unit or more");
        this.dropout = dropout;
        hidden = new Hidden[units.Count];
        for (var i = 0; i < units.Count; i++)
        {
            var layer = $"{name}.{i}";
            hidden[i] = new Hidden(
                Add(Parameter.Xavier($"{layer}.weight", inputs, units[i], random)),
                Add(Parameter.Constant($"{layer}.bias", 1, units[i])),
                batchNorm ? NewNorm(layer, units[i]) : null);
            inputs = units[i];
        }

        outputWeight = Add(Parameter.Xavier($"{name}.output.weight", inputs, 1, random));
        outputBias = Add(Parameter.Constant($"{name}.output.bias", 1, 1));
    }

    private sealed record Norm(Parameter Scale, Parameter Shift, Parameter Mean, Parameter Variance);

    private sealed record Hidden(Parameter Weight, Parameter Bias, Norm? Norm);

    /// <summary>Field vectors → (B, 1).</summary>
    public Tensor Forward(Tape tape, FieldVectors vectors)
    {
        var first = hidden[0];
        var (weight, bias) = vectors.Maps == null ? (first.Weight, first.Bias) : FoldMaps.Apply(tape, vectors, first.Weight, first.Bias);
        var x = Finish(tape, tape.FieldLinear(vectors.Unmapped, weight, bias, relu: first.Norm == null), first);
        for (var i = 1; i < hidden.Length; i++) x = Finish(tape, tape.Linear(x, hidden[i].Weight, hidden[i].Bias, relu: hidden[i].Norm == null), hidden[i]);
        return tape.Linear(x, outputWeight, outputBias);
    }

    private Tensor Finish(Tape tape, Tensor x, Hidden layer)
    {
        if (layer.Norm is { } norm) x = BatchNorm.Apply(tape, x, norm.Scale, norm.Shift, norm.Mean, norm.Variance, relu: true);
        return tape.Dropout(x, dropout);
    }

    private Norm NewNorm(string layer, int units) => new(
        Add(Parameter.Constant($"{layer}.norm.scale", 1, units, 1)),
        Add(Parameter.Constant($"{layer}.norm.shift", 1, units)),
        AddStatistic(Parameter.Constant($"{layer}.norm.mean", 1, units)),
        AddStatistic(Parameter.Constant($"{layer}.norm.variance", 1, units, 1)));
}
