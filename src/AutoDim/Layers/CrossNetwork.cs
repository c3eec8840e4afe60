using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>
/// Cross layers of DCNv2 (Wang et al., WWW 2021), (B, C) → (B, C): x ← x₀ ⊙ (x·W + b) + x (eq. 1), or with W replaced by a mixture of
/// low-rank experts (eq. 3): Σ_e softmax_e(x·G) tanh(tanh(x·V_e)·C_e)·U_e + b. All layers share the gate G, as in the public implementations.
/// </summary>
public sealed class CrossNetwork : Layer
{
    private readonly CrossLayer[] layers;
    private readonly Parameter? gate;
    private readonly int experts;

    /// <param name="rank">Columns of each expert's V; 0 for a full W.</param>
    internal CrossNetwork(string name, int inputs, int layerCount, int rank, int experts, CounterRandom random)
    {
        this.experts = experts;
        if (rank > 0 && experts > 1) gate = Add(Parameter.Xavier($"{name}.gate", inputs, experts, random));
        layers = [.. Enumerable.Range(0, layerCount).Select(i => NewLayer($"{name}.{i}"))];

        CrossLayer NewLayer(string layer)
        {
            var bias = Add(Parameter.Constant($"{layer}.bias", 1, inputs));
            if (rank == 0) return new(Add(Parameter.Xavier($"{layer}.weight", inputs, inputs, random)), bias, null);
            return new(Add(Parameter.Xavier($"{layer}.up", experts * rank, inputs, random)), bias, new(
                Add(Parameter.Xavier($"{layer}.down", inputs, experts * rank, random)),
                Add(Parameter.Xavier($"{layer}.inner", experts * rank, rank, random))));
        }
    }

    /// <summary>V of all experts side by side (C, E·r), their inner maps one under the other (E·r, r).</summary>
    private sealed record Experts(Parameter Down, Parameter Inner);

    /// <summary>W (C, C), or U of all experts one under the other (E·r, C); b (1, C).</summary>
    private sealed record CrossLayer(Parameter Weight, Parameter Bias, Experts? Experts);

    public Tensor Forward(Tape tape, Tensor first)
    {
        var x = first;
        foreach (var layer in layers) x = tape.MultiplyAdd(first, tape.Linear(Expert(tape, x, layer.Experts), layer.Weight, layer.Bias), x);
        return x;
    }

    /// <summary>Softmax gates sum to 1, so gating the experts before U gates their outputs, with one b for all.</summary>
    private Tensor Expert(Tape tape, Tensor x, Experts? layer)
    {
        if (layer == null) return x;
        var hidden = tape.Tanh(tape.GroupLinear(tape.Tanh(tape.Linear(x, layer.Down)), layer.Inner, experts));
        return gate == null ? hidden : tape.GateGroups(hidden, tape.Softmax(tape.Linear(x, gate)));
    }
}
