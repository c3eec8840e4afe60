using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>Logistic regression: ŷ = b + Σ w_value. It has no vectors, so no dimensions to choose.</summary>
public sealed class LogisticRegression : CtrModel
{
    private readonly FirstOrder firstOrder;

    internal LogisticRegression(ModelContext context)
        : base(context) => firstOrder = NewFirstOrder();

    public override Tensor Forward(Tape tape, IndexedBatch input) => firstOrder.Forward(tape, input);
}
