using AutoDim.Autograd;

namespace AutoDim.Layers;

/// <summary>
/// Inner products of pairs of fields, each behind its gate α (AutoFIS, Liu et al., KDD 2020): Σ α_mk BN(⟨v_m, v_k⟩) (eq. 5–6), where BatchNorm
/// without scale and shift leaves the size of a product to α alone: (B, M·D) → (B, 1).
/// </summary>
public sealed class PairGates : Layer
{
    /// <summary>As in the public implementation.</summary>
    private const double Start = 0.6;

    private readonly int fields;
    private readonly (int Left, int Right)[] pairs;
    private readonly Parameter mean, variance;

    internal PairGates(string name, int fields, (int Left, int Right)[] pairs)
    {
        this.fields = fields;
        this.pairs = pairs;
        Weights = Add(Parameter.Constant(name, pairs.Length, 1, Start));
        mean = AddStatistic(Parameter.Constant($"{name}.norm.mean", 1, pairs.Length));
        variance = AddStatistic(Parameter.Constant($"{name}.norm.variance", 1, pairs.Length, 1));
    }

    /// <summary>α of every pair: (P, 1).</summary>
    internal Parameter Weights { get; }

    public Tensor Forward(Tape tape, Tensor x)
    {
        var products = tape.InnerProducts(x, fields, pairs);
        return tape.Linear(BatchNorm.Apply(tape, products, scale: null, shift: null, mean, variance, relu: false), Weights);
    }
}
