using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Attention between a sample's M fields in H heads (Vaswani et al., 2017; without scaling, as AutoInt has it). Queries q, keys k,
/// values v and the output y are (B, M·A), field m's numbers of head h in columns m·A + h·A/H and on:
/// <code>
///   a_mj = softmax over j of ⟨q_m, k_j⟩     y_m = Σ_j a_mj v_j
/// </code>
/// A sample's head is three small matrices (M, A/H): all its products stay in the first-level cache. The weights are kept for the backward pass, transposed: their softmax
/// goes down columns, many fields m at a time.
/// </summary>
internal sealed unsafe class SelfAttention : Operation
{
    private const int SamplesPerChunk = 16;

    private Tape tape = null!;
    private Tensor queries = null!, keys = null!, values = null!, y = null!;
    private int fields, heads, width;
    private bool addsToQueries, addsToKeys, addsToValues;
    private Real* weights, scratch;
    private bool keepsWeights;

    public static Tensor Apply(Tape tape, Tensor queries, Tensor keys, Tensor values, int fields, int heads)
    {
        var operation = tape.Record<SelfAttention>();
        operation.tape = tape;
        (operation.queries, operation.keys, operation.values) = (queries, keys, values);
        operation.fields = fields;
        operation.heads = heads;
        operation.width = queries.Columns / fields / heads;
        operation.y = tape.NewTensor(queries.Rows, queries.Columns);
        operation.Forward();
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        addsToQueries = queries.NeedsGradient && queries.BeginGradient();
        addsToKeys = keys.NeedsGradient && keys.BeginGradient();
        addsToValues = values.NeedsGradient && values.BeginGradient();
        tape.Pool.For(y.Rows, SamplesPerChunk, this, static (op, first, last, worker) =>
        {
            for (var sample = first; sample < last; sample++) op.SampleGradients(sample, worker);
        });
    }

    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var weights = graph.Softmax(graph.MatrixProduct(Heads(queries, 0, 2, 1, 3), Heads(keys, 0, 2, 3, 1)));
        trace[y] = graph.Reshape(graph.Transpose(graph.MatrixProduct(weights, Heads(values, 0, 2, 1, 3)), 0, 2, 1, 3), -1, y.Columns);

        GraphValue Heads(Tensor x, params ReadOnlySpan<long> order) => graph.Transpose(graph.Reshape(trace[x], -1, fields, heads, width), order);
    }

    /// <summary>Numbers from one row of weights to the next: whole vectors, so that softmax has no remainder.</summary>
    private int Stride => ElementKernels.WholeVectors(fields);

    private void Forward()
    {
        keepsWeights = queries.NeedsGradient || keys.NeedsGradient || values.NeedsGradient;
        weights = tape.NewScratch((keepsWeights ? (long)y.Rows * heads : tape.Pool.ThreadCount) * SquareLength);
        if (keepsWeights) scratch = tape.NewScratch(tape.Pool.ThreadCount * SquareLength);
        tape.Pool.For(y.Rows, SamplesPerChunk, this, static (op, first, last, worker) =>
        {
            for (var sample = first; sample < last; sample++)
            {
                for (var head = 0; head < op.heads; head++)
                {
                    op.FetchNext(sample, head);
                    var (products, weights) = (op.tape.Serial(worker), op.Weights(sample, head, worker));
                    products.Multiply(op.Head(op.keys.Row(sample), head), op.Head(op.queries.Row(sample), head).Transposed, weights);
                    ElementKernels.SoftmaxOfColumns(weights.Data, op.fields, op.Stride);
                    products.Multiply(weights.Transposed, op.Head(op.values.Row(sample), head), op.Head(op.y.Row(sample), head));
                }
            }
        });
    }

    /// <summary>With aᵀ the weights and g the output's gradient: dv (+)= aᵀg, daᵀ = v gᵀ; with dsᵀ through the softmax, dk (+)= dsᵀ q, dq (+)= ds k.</summary>
    private void SampleGradients(int sample, int worker)
    {
        var products = tape.Serial(worker);
        for (var head = 0; head < heads; head++)
        {
            FetchNext(sample, head);
            if (sample + 1 < y.Rows) MemoryAdvice.Prefetch(y.GradientRow(sample + 1) + (head * HeadLength), HeadLength);
            var gradient = Head(y.GradientRow(sample), head);
            var weights = Weights(sample, head, worker);
            if (values.NeedsGradient) products.Multiply(weights, gradient, Head(values.GradientRow(sample), head), addsToValues);
            if (!queries.NeedsGradient && !keys.NeedsGradient) continue;
            var scores = Square(scratch, worker);
            products.Multiply(Head(values.Row(sample), head), gradient.Transposed, scores);
            ElementKernels.SoftmaxOfColumnsGradient(scores.Data, weights.Data, fields, Stride);
            if (keys.NeedsGradient) products.Multiply(scores, Head(queries.Row(sample), head), Head(keys.GradientRow(sample), head), addsToKeys);
            if (queries.NeedsGradient) products.Multiply(scores.Transposed, Head(keys.Row(sample), head), Head(queries.GradientRow(sample), head), addsToQueries);
        }
    }

    /// <summary>Where a sample's attention weights in one head are: row j has the shares of field j.</summary>
    private MatrixView Weights(int sample, int head, int worker) => Square(weights, keepsWeights ? ((long)sample * heads) + head : worker);

    /// <summary>With each head, its share of the next sample's numbers is asked for: a head reads short pieces here and there, which the processor does not foresee.</summary>
    private void FetchNext(int sample, int head)
    {
        if (sample + 1 == y.Rows) return;
        var start = head * HeadLength;
        MemoryAdvice.Prefetch(queries.Row(sample + 1) + start, HeadLength);
        MemoryAdvice.Prefetch(keys.Row(sample + 1) + start, HeadLength);
        MemoryAdvice.Prefetch(values.Row(sample + 1) + start, HeadLength);
    }

    private int HeadLength => fields * width;

    /// <summary>A head's part of a sample's row: (M, A/H).</summary>
    private MatrixView Head(Real* row, int head) => new(row + (head * width), fields, width, heads * width);

    private long SquareLength => (long)fields * Stride;

    /// <summary>One of several matrices (M, M).</summary>
    private MatrixView Square(Real* squares, long which) => new(squares + (which * SquareLength), fields, fields, Stride);
}
