using AutoDim.Data;

namespace AutoDim.Autograd;

/// <summary>
/// The operations of a forward pass, as a model writes them. B is the batch, shapes are (rows, columns). Where an operation takes
/// a sample's M vectors of D numbers, they lie side by side, (B, M·D), and pairs of them come in the order (0, 1), (0, 2), …, (M − 2, M − 1).
/// </summary>
public static class TapeOperations
{
    /// <summary>
    /// x·W + b, (B, I)·(I, O) + (1, O), plus another (B, O) where given, with ReLU where asked: (B, O). Several groups of I columns
    /// go through the same map each: (B, G·I) → (B, G·O).
    /// </summary>
    public static Tensor Linear(this Tape tape, Tensor x, Tensor weight, Tensor? bias = null, bool relu = false, Tensor? plus = null)
        => Autograd.Linear.Apply(tape, x, weight, bias, relu, plus);

    /// <summary>Each of G groups of I columns through its own map: (B, G·I)·(G·I, O) → (B, G·O).</summary>
    public static Tensor GroupLinear(this Tape tape, Tensor x, Tensor weight, int groups) => Autograd.GroupLinear.Apply(tape, x, weight, groups);

    /// <summary>Zeroes each number with the given rate in [0, 1) while training and scales the rest by 1 / (1 − rate).</summary>
    public static Tensor Dropout(this Tape tape, Tensor x, double rate) => Autograd.Dropout.Apply(tape, x, rate);

    /// <summary>a + b for equal shapes; b may be one number.</summary>
    public static Tensor Add(this Tape tape, Tensor a, Tensor b) => Sum.Apply(tape, a, b);

    /// <summary>a ⊙ b + c for equal shapes.</summary>
    public static Tensor MultiplyAdd(this Tape tape, Tensor a, Tensor b, Tensor c) => Autograd.MultiplyAdd.Apply(tape, a, b, c);

    /// <summary>Each sample's rows of a and b side by side: (B, N), (B, K) → (B, N + K). Where there is no a yet, b.</summary>
    public static Tensor Append(this Tape tape, Tensor? a, Tensor b) => a == null ? b : Autograd.Append.Apply(tape, a, b);

    /// <summary>tanh, elementwise.</summary>
    public static Tensor Tanh(this Tape tape, Tensor x) => Autograd.Tanh.Apply(tape, x);

    /// <summary>Dice, p x + (1 − p) α x with p = σ(x normalised by its column): (N, C), (1, C) → (N, C).</summary>
    public static Tensor Dice(this Tape tape, Tensor x, Tensor slope, Parameter runningMean, Parameter runningVariance)
        => Autograd.Dice.Apply(tape, x, slope, runningMean, runningVariance);

    /// <summary>Softmax over each sample's columns.</summary>
    public static Tensor Softmax(this Tape tape, Tensor x) => Autograd.Softmax.Apply(tape, x);

    /// <summary>Inner product of each sample's rows of a and b: (B, N), (B, N) → (B, 1).</summary>
    public static Tensor RowDot(this Tape tape, Tensor a, Tensor b) => Autograd.RowDot.Apply(tape, a, b);

    /// <summary>Each of G groups of columns times its own gate: (B, G·N), (B, G) → (B, G·N).</summary>
    public static Tensor GateGroups(this Tape tape, Tensor x, Tensor gates) => Autograd.GateGroups.Apply(tape, x, gates);

    /// <summary>2σ(g) ⊙ x, each number times a gate between 0 and 2: (B, C), (B, C) or one row for all samples (1, C) → (B, C).</summary>
    public static Tensor FeatureGate(this Tape tape, Tensor x, Tensor gates) => Autograd.FeatureGate.Apply(tape, x, gates);

    /// <summary>Sum of each sample's G vectors: (B, G·N) → (B, N).</summary>
    public static Tensor SumGroups(this Tape tape, Tensor x, int groups) => Autograd.SumGroups.Apply(tape, x, groups);

    /// <summary>Each sample's M vectors of D numbers as D vectors of M: (B, M·D) → (B, D·M).</summary>
    public static Tensor SwapAxes(this Tape tape, Tensor x, int fields) => Autograd.SwapAxes.Apply(tape, x, fields);

    /// <summary>DCN's cross layer x₀ (xᵀw) + b + x: (B, C), (B, C), (C, 1), (1, C) → (B, C).</summary>
    public static Tensor CrossVector(this Tape tape, Tensor first, Tensor x, Tensor weight, Tensor bias) => Autograd.CrossVector.Apply(tape, first, x, weight, bias);

    /// <summary>⟨x_m, x_k⟩ of all pairs: (B, M·D) → (B, M(M − 1)/2).</summary>
    public static Tensor InnerProducts(this Tape tape, Tensor x, int fields) => Autograd.InnerProducts.Apply(tape, x, fields);

    /// <summary>⟨x_m, x_k⟩ of P chosen pairs: (B, M·D) → (B, P).</summary>
    public static Tensor InnerProducts(this Tape tape, Tensor x, int fields, (int Left, int Right)[] pairs) => Autograd.InnerProducts.Apply(tape, x, fields, pairs);

    /// <summary>Σ_d x_m,d x_k,d x_l,d of T chosen triples: (B, M·D) → (B, T).</summary>
    public static Tensor TripleProducts(this Tape tape, Tensor x, int fields, (int First, int Second, int Third)[] triples) => Autograd.TripleProducts.Apply(tape, x, fields, triples);

    /// <summary>(Σ x_m)(Σ x_m)ᵀ: (B, M·D) → (B, D·D).</summary>
    public static Tensor OuterProduct(this Tape tape, Tensor x, int fields) => Autograd.OuterProduct.Apply(tape, x, fields);

    /// <summary>Σ a_mk x_m ⊙ x_k over all pairs: (B, M·D), (B, M(M − 1)/2) → (B, D).</summary>
    public static Tensor WeightedPairs(this Tape tape, Tensor x, Tensor weights, int fields) => Autograd.WeightedPairs.Apply(tape, x, weights, fields);

    /// <summary>Σ over pairs ⟨x_m,k , x_k,m⟩, the parts that two fields' vectors keep for each other: (B, M·D) → (B, 1).</summary>
    public static Tensor FieldAwareProducts(this Tape tape, Tensor x, int fields) => Autograd.FieldAwareProducts.Apply(tape, x, fields);

    /// <summary>hᵀ ReLU(Wᵀ(x_m ⊙ x_k) + b) of all pairs: (B, M·D), (D, A), (1, A), (A, 1) → (B, M(M − 1)/2).</summary>
    public static Tensor PairAttention(this Tape tape, Tensor x, Tensor weight, Tensor bias, Tensor readout, int fields)
        => Autograd.PairAttention.Apply(tape, x, weight, bias, readout, fields);

    /// <summary>Σ_j softmax_j(⟨q_m, k_j⟩) v_j for each field m and head; all (B, M·A), a field's heads side by side.</summary>
    public static Tensor SelfAttention(this Tape tape, Tensor queries, Tensor keys, Tensor values, int fields, int heads)
        => Autograd.SelfAttention.Apply(tape, queries, keys, values, fields, heads);

    /// <summary>A layer of the compressed interaction network, Σ_ij W_ij x_i,d x⁰_j,d: (B, D·H), (B, D·M), (H·M, O) → (B, D·O).</summary>
    public static Tensor CompressedInteraction(this Tape tape, Tensor x, Tensor first, Tensor weight, int dim)
        => Autograd.CompressedInteraction.Apply(tape, x, first, weight, dim);

    /// <summary>Mean binary cross-entropy of logits (B, 1) against the batch's labels: (1, 1).</summary>
    public static Tensor LogLoss(this Tape tape, Tensor logits, Batch batch) => Autograd.LogLoss.Apply(tape, logits, batch.Labels, batch.WholeSize);
}
