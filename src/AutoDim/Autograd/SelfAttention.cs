using System.Runtime.Intrinsics;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Attention between a sample's M fields in H heads (Vaswani et al., 2017; without scaling, as AutoInt has it). Queries q, keys k,
/// values v and the output y are (B, M·A), field m's numbers of head h in columns m·A + h·A/H and on:
/// <code>
///   a_mj = softmax over j of ⟨q_m, k_j⟩     y_m = Σ_j a_mj v_j
/// </code>
/// </summary>
internal sealed unsafe class SelfAttention : LaneOperation
{
    private int fields, heads, width;

    public static Tensor Apply(Tape tape, Tensor queries, Tensor keys, Tensor values, int fields, int heads)
    {
        var operation = tape.Record<SelfAttention>();
        operation.fields = fields;
        operation.heads = heads;
        operation.width = queries.Columns / fields / heads;
        return operation.Run(tape, queries.Columns, queries, keys, values, work: 3 * fields);
    }

    protected override void Forward(in LaneBlock block)
    {
        Vector512<Real>* scores = block.Work, weights = block.Work + fields;
        for (var head = 0; head < heads; head++)
        {
            for (var m = 0; m < fields; m++)
            {
                Weights(block, head, m, scores, weights);
                var y = block.Y + Column(head, m);
                new Span<Vector512<Real>>(y, width).Clear();
                for (var j = 0; j < fields; j++) Lanes.AddScaled(y, weights[j], block.C + Column(head, j), width);
            }
        }
    }

    /// <summary>dv_j += a_mj g_m; with da_mj = ⟨g_m, v_j⟩ and ds through the softmax: dq_m += Σ_j ds_mj k_j, dk_j += ds_mj q_m.</summary>
    protected override void Backward(in LaneBlock block)
    {
        Vector512<Real>* scores = block.Work, weights = block.Work + fields, gradients = block.Work + (2 * fields);
        for (var head = 0; head < heads; head++)
        {
            for (var m = 0; m < fields; m++)
            {
                Weights(block, head, m, scores, weights);
                var column = Column(head, m);
                for (var j = 0; j < fields; j++)
                {
                    gradients[j] = Lanes.Dot(block.Dy + column, block.C + Column(head, j), width);
                    Lanes.AddScaled(block.Dc + Column(head, j), weights[j], block.Dy + column, width);
                }

                new Span<Vector512<Real>>(scores, fields).Clear();
                Lanes.AddSoftmaxGradient(scores, weights, gradients, fields);
                for (var j = 0; j < fields; j++)
                {
                    Lanes.AddScaled(block.Da + column, scores[j], block.B + Column(head, j), width);
                    Lanes.AddScaled(block.Db + Column(head, j), scores[j], block.A + column, width);
                }
            }
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var weights = graph.Softmax(graph.MatrixProduct(Heads(A, 0, 2, 1, 3), Heads(B, 0, 2, 3, 1)));
        trace[Y] = graph.Reshape(graph.Transpose(graph.MatrixProduct(weights, Heads(C, 0, 2, 1, 3)), 0, 2, 1, 3), -1, Y.Columns);

        GraphValue Heads(Tensor x, params ReadOnlySpan<long> order) => graph.Transpose(graph.Reshape(trace[x], -1, fields, heads, width), order);
    }

    private int Column(int head, int field) => ((field * heads) + head) * width;

    private void Weights(in LaneBlock block, int head, int m, Vector512<Real>* scores, Vector512<Real>* weights)
    {
        for (var j = 0; j < fields; j++) scores[j] = Lanes.Dot(block.A + Column(head, m), block.B + Column(head, j), width);
        Lanes.Softmax(scores, weights, fields);
    }
}
