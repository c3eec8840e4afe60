using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>The centroids that codes name, group beside group: codes (U, G), centroids (K, d) → (U, d).</summary>
internal sealed unsafe class GroupCentroids : Operation
{
    private Tensor codes = null!, centroids = null!, target = null!;
    private VectorGroups groups;

    public static Tensor Apply(Tape tape, Tensor codes, Tensor centroids, VectorGroups groups)
    {
        var operation = tape.Record<GroupCentroids>();
        operation.codes = codes;
        operation.centroids = centroids;
        operation.groups = groups;
        operation.target = tape.NewTensor(codes.Rows, groups.Dim);
        for (var u = 0; u < codes.Rows; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                var bytes = groups.Length(g) * sizeof(Real);
                Buffer.MemoryCopy(centroids.Row(operation.CodeOf(u, g)) + groups.First(g), operation.target.Row(u) + groups.First(g), bytes, bytes);
            }
        }

        return operation.target;
    }

    public override void Backward()
    {
        if (!target.HasGradient || !centroids.NeedsGradient) return;
        centroids.EnsureGradient();
        for (var u = 0; u < codes.Rows; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                VectorKernels.AddScaled(centroids.GradientRow(CodeOf(u, g)) + groups.First(g), 1, target.GradientRow(u) + groups.First(g), groups.Length(g));
            }
        }
    }

    /// <summary>No code of a damaged file leads beyond the centroids.</summary>
    private int CodeOf(int row, int group) => Math.Min((int)codes.Row(row)[group], centroids.Rows - 1);

    /// <summary>Each column takes its number from the row that its group's code names.</summary>
    public override void Describe(GraphTrace trace)
    {
        var groupOfColumn = Enumerable.Range(0, groups.Count).SelectMany(g => Enumerable.Repeat((long)g, groups.Length(g))).ToArray();
        var rows = trace.Graph.Gather(trace[codes], trace.Graph.Numbers(groupOfColumn), axis: 1);
        trace[target] = trace.Graph.Node("GatherElements", [trace[centroids], rows], GraphAttribute.Of("axis", 0));
    }
}
