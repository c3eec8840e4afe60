using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Attention between a sample's M fields in H heads (Vaswani et al., 2017; without scaling, as AutoInt has it). Queries q, keys k,
/// values v and the output y are (B, M·A), field m's numbers of head h in columns m·A + h·A/H and on:
/// <code>
///   a_mj = softmax over j of ⟨q_m, k_j⟩     y_m = Σ_j a_mj v_j
/// </code>
/// A sample's head is three small matrices (M, A/H): all its products stay in the first-level cache.
/// </summary>
internal sealed unsafe class SelfAttention : Operation
{
    private const int SamplesPerChunk = 16;

    private Tape tape = null!;
    private Tensor queries = null!, keys = null!, values = null!, y = null!;
    private int fields, heads, width;
    private bool addsToQueries, addsToKeys, addsToValues;
    private Real* scratch;

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
        scratch = tape.NewScratch(tape.Pool.ThreadCount * 2L * fields * Stride);
        tape.Pool.For(y.Rows, SamplesPerChunk, this, static (op, first, last, worker) =>
        {
            for (var sample = first; sample < last; sample++)
            {
                for (var head = 0; head < op.heads; head++)
                {
                    op.FetchNext(sample, head);
                    op.tape.Serial(worker).Multiply(op.Weights(sample, head, worker), op.Head(op.values.Row(sample), head), op.Head(op.y.Row(sample), head));
                }
            }
        });
    }

    /// <summary>With a the weights and g the output's gradient: dv (+)= aᵀg, da = g vᵀ; with ds through the softmax, dq (+)= ds k, dk (+)= dsᵀ q.</summary>
    private void SampleGradients(int sample, int worker)
    {
        var products = tape.Serial(worker);
        for (var head = 0; head < heads; head++)
        {
            FetchNext(sample, head);
            if (sample + 1 < y.Rows) MemoryAdvice.Prefetch(y.GradientRow(sample + 1) + (head * HeadLength), HeadLength);
            var gradient = Head(y.GradientRow(sample), head);
            var weights = Weights(sample, head, worker);
            if (values.NeedsGradient) products.Multiply(weights.Transposed, gradient, Head(values.GradientRow(sample), head), addsToValues);
            if (!queries.NeedsGradient && !keys.NeedsGradient) continue;
            var scores = Square(worker, 1);
            products.Multiply(gradient, Head(values.Row(sample), head).Transposed, scores);
            for (var m = 0; m < fields; m++) ElementKernels.SoftmaxGradient(scores.Data + (m * Stride), weights.Data + (m * Stride), fields);
            if (queries.NeedsGradient) products.Multiply(scores, Head(keys.Row(sample), head), Head(queries.GradientRow(sample), head), addsToQueries);
            if (keys.NeedsGradient) products.Multiply(scores.Transposed, Head(queries.Row(sample), head), Head(keys.GradientRow(sample), head), addsToKeys);
        }
    }

    /// <summary>A sample's attention weights in one head: (M, M).</summary>
    private MatrixView Weights(int sample, int head, int worker)
    {
        var weights = Square(worker, 0);
        tape.Serial(worker).Multiply(Head(queries.Row(sample), head), Head(keys.Row(sample), head).Transposed, weights);
        for (var m = 0; m < fields; m++) ElementKernels.Softmax(weights.Data + (m * Stride), fields);
        return weights;
    }

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

    /// <summary>One of a worker's two matrices (M, M).</summary>
    private MatrixView Square(int worker, int which) => new(scratch + (((2L * worker) + which) * fields * Stride), fields, fields, Stride);
}
