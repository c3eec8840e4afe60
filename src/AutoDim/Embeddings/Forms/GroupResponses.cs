using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>Inner products of each group of a query with that of every key: queries (U, d), keys (K, d) → (U, G·K). Training alone.</summary>
internal sealed unsafe class GroupResponses : Operation
{
    private const int RowsPerChunk = 16;

    private Tensor queries = null!, keys = null!, responses = null!;
    private VectorGroups groups;

    public static Tensor Apply(Tape tape, Tensor queries, Tensor keys, VectorGroups groups)
    {
        var operation = tape.Record<GroupResponses>();
        operation.queries = queries;
        operation.keys = keys;
        operation.groups = groups;
        operation.responses = tape.NewTensor(queries.Rows, groups.Count * keys.Rows);
        tape.Pool.For(queries.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.responses;
    }

    public override void Backward()
    {
        if (!responses.HasGradient) return;
        if (queries.NeedsGradient) queries.EnsureGradient();
        if (keys.NeedsGradient) keys.EnsureGradient();
        for (var u = 0; u < queries.Rows; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                var (first, length) = (groups.First(g), groups.Length(g));
                for (var k = 0; k < keys.Rows; k++)
                {
                    var gradient = responses.GradientRow(u)[(g * keys.Rows) + k];
                    if (queries.NeedsGradient) VectorKernels.AddScaled(queries.GradientRow(u) + first, gradient, keys.Row(k) + first, length);
                    if (keys.NeedsGradient) VectorKernels.AddScaled(keys.GradientRow(k) + first, gradient, queries.Row(u) + first, length);
                }
            }
        }
    }

    private void Forward(int first, int last)
    {
        for (var u = first; u < last; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                for (var k = 0; k < keys.Rows; k++)
                {
                    responses.Row(u)[(g * keys.Rows) + k] = VectorKernels.Dot(queries.Row(u) + groups.First(g), keys.Row(k) + groups.First(g), groups.Length(g));
                }
            }
        }
    }
}
