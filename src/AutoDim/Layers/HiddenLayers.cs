using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>
/// Hidden layers, each Linear → BatchNorm (option) → activation → Dropout: (B, I) → (B, units of the last).
/// Fed with field vectors, it folds a plan's maps into its first layer, which then has Σ d columns instead of M·D.
/// </summary>
public class HiddenLayers : Layer
{
    private readonly Hidden[] hidden;
    private readonly Parameter? besideWeight;
    private readonly double dropout;

    /// <param name="inputs">I; of field vectors, all fields' side by side.</param>
    /// <param name="beside">Further inputs that stand beside field vectors; 0 for none.</param>
    internal HiddenLayers(string name, int inputs, IReadOnlyList<int> units, bool batchNorm, double dropout, CounterRandom random, int beside = 0, ActivationKind activation = ActivationKind.Relu)
    {
        if (units.Count == 0 || units.Any(count => count < 1)) throw new AutoDimException($"hidden layers of [{string.Join(", ", units)}] units; give one layer or more, each of 1 unit or more");
        this.dropout = dropout;
        Units = units[^1];
        hidden = new Hidden[units.Count];
        if (beside > 0) besideWeight = Add(Parameter.Xavier($"{name}.beside.weight", beside, units[0], random));
        for (var i = 0; i < units.Count; i++)
        {
            var layer = $"{name}.{i}";
            hidden[i] = new Hidden(
                Add(Parameter.Xavier($"{layer}.weight", inputs, units[i], random)),
                Add(Parameter.Constant($"{layer}.bias", 1, units[i])),
                batchNorm ? NewNorm(layer, units[i]) : null,
                activation switch
                {
                    ActivationKind.Relu => null,
                    ActivationKind.Tanh => new Activation(),
                    _ => NewDice(layer, units[i]),
                });
            inputs = units[i];
        }
    }

    private sealed record Norm(Parameter Scale, Parameter Shift, Parameter Mean, Parameter Variance);

    /// <param name="Activation">Null for ReLU, which is part of the operation before it.</param>
    private sealed record Hidden(Parameter Weight, Parameter Bias, Norm? Norm, Activation? Activation)
    {
        public bool HasFusedRelu => Norm == null && Activation == null;
    }

    /// <summary>Units of the last layer.</summary>
    public int Units { get; }

    /// <summary>Field vectors, and further inputs (B, ·) where the layers were made for some → (B, <see cref="Units"/>).</summary>
    public Tensor Represent(Tape tape, FieldVectors vectors, Tensor? beside = null)
    {
        var first = hidden[0];
        var (weight, bias) = vectors.Maps == null ? (first.Weight, first.Bias) : FoldMaps.Apply(tape, vectors, first.Weight, first.Bias);
        var x = tape.FieldLinear(vectors.Unmapped, weight, bias, first.HasFusedRelu && beside == null);
        if (beside != null) x = tape.Linear(beside, besideWeight!, relu: first.HasFusedRelu, plus: x);
        return Rest(tape, Finish(tape, x, first));
    }

    /// <summary>(B, I) → (B, <see cref="Units"/>).</summary>
    public Tensor Represent(Tape tape, Tensor x) => Rest(tape, Apply(tape, x, hidden[0]));

    private Tensor Rest(Tape tape, Tensor x)
    {
        for (var i = 1; i < hidden.Length; i++) x = Apply(tape, x, hidden[i]);
        return x;
    }

    private Tensor Apply(Tape tape, Tensor x, Hidden layer) => Finish(tape, tape.Linear(x, layer.Weight, layer.Bias, relu: layer.HasFusedRelu), layer);

    private Tensor Finish(Tape tape, Tensor x, Hidden layer)
    {
        if (layer.Norm is { } norm) x = BatchNorm.Apply(tape, x, norm.Scale, norm.Shift, norm.Mean, norm.Variance, relu: layer.Activation == null);
        if (layer.Activation is { } activation) x = activation.Forward(tape, x);
        return tape.Dropout(x, dropout);
    }

    private Norm NewNorm(string layer, int units) => new(
        Add(Parameter.Constant($"{layer}.norm.scale", 1, units, 1)),
        Add(Parameter.Constant($"{layer}.norm.shift", 1, units)),
        AddStatistic(Parameter.Constant($"{layer}.norm.mean", 1, units)),
        AddStatistic(Parameter.Constant($"{layer}.norm.variance", 1, units, 1)));
}
