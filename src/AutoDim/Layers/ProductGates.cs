using AutoDim.Autograd;

namespace AutoDim.Layers;

/// <summary>
/// Products of fields, each behind its gate α (AutoFIS, Liu et al., KDD 2020): Σ α_p BN(product_p) (eq. 5–6), where BatchNorm without scale
/// and shift leaves the size of a product to α alone: (B, P) → (B, 1).
/// </summary>
public sealed class ProductGates : Layer
{
    /// <summary>As in the public implementation.</summary>
    private const double Start = 0.6;

    private readonly Parameter mean, variance;

    internal ProductGates(string name, int products)
    {
        Weights = Add(Parameter.Constant(name, products, 1, Start));
        mean = AddStatistic(Parameter.Constant($"{name}.norm.mean", 1, products));
        variance = AddStatistic(Parameter.Constant($"{name}.norm.variance", 1, products, 1));
    }

    /// <summary>α of every product: (P, 1).</summary>
    internal Parameter Weights { get; }

    public Tensor Forward(Tape tape, Tensor products)
        => tape.Linear(BatchNorm.Apply(tape, products, scale: null, shift: null, mean, variance, relu: false), Weights);
}
