using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// The centroid of each group's largest response (DPQ-SX, Chen et al., ICML 2020, section 2.2): responses (U, G·K), centroids (K, d) → (U, d). Training
/// alone: responses have the gradient that the mean of all centroids by the softmax of the responses would have, the chosen centroid its vector's.
/// </summary>
internal sealed unsafe class ChosenCentroids : Operation
{
    private Tensor responses = null!, centroids = null!, target = null!;
    private VectorGroups groups;

    public static Tensor Apply(Tape tape, Tensor responses, Tensor centroids, VectorGroups groups)
    {
        var operation = tape.Record<ChosenCentroids>();
        operation.responses = responses;
        operation.centroids = centroids;
        operation.groups = groups;
        operation.target = tape.NewTensor(responses.Rows, groups.Dim);
        for (var u = 0; u < responses.Rows; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                var bytes = groups.Length(g) * sizeof(Real);
                Buffer.MemoryCopy(centroids.Row(Largest(responses.Row(u), centroids.Rows, g)) + groups.First(g), operation.target.Row(u) + groups.First(g), bytes, bytes);
            }
        }

        return operation.target;
    }

    /// <summary>A group's code: that of its largest response, the first of equals.</summary>
    public static int Largest(Real* responses, int centroids, int group)
    {
        var own = responses + (group * centroids);
        var best = 0;
        for (var k = 1; k < centroids; k++)
        {
            if (own[k] > own[best]) best = k;
        }

        return best;
    }

    public override void Backward()
    {
        if (!target.HasGradient) return;
        if (responses.NeedsGradient) responses.EnsureGradient();
        if (centroids.NeedsGradient) centroids.EnsureGradient();
        var shares = stackalloc Real[2 * centroids.Rows];
        for (var u = 0; u < responses.Rows; u++)
        {
            for (var g = 0; g < groups.Count; g++)
            {
                var gradient = target.GradientRow(u) + groups.First(g);
                if (centroids.NeedsGradient) VectorKernels.AddScaled(centroids.GradientRow(Largest(responses.Row(u), centroids.Rows, g)) + groups.First(g), 1, gradient, groups.Length(g));
                if (responses.NeedsGradient) ResponseGradient(u, g, gradient, shares, shares + centroids.Rows);
            }
        }
    }

    /// <summary>dr_k = p_k (⟨dy, c_k⟩ − Σ_j p_j ⟨dy, c_j⟩) with p the softmax of the responses.</summary>
    private void ResponseGradient(int u, int g, Real* gradient, Real* shares, Real* products)
    {
        var own = responses.Row(u) + (g * centroids.Rows);
        var largest = own[Largest(responses.Row(u), centroids.Rows, g)];
        Real sum = 0, mean = 0;
        for (var k = 0; k < centroids.Rows; k++) sum += shares[k] = Real.Exp(own[k] - largest);
        for (var k = 0; k < centroids.Rows; k++)
        {
            shares[k] /= sum;
            products[k] = VectorKernels.Dot(gradient, centroids.Row(k) + groups.First(g), groups.Length(g));
            mean += shares[k] * products[k];
        }

        for (var k = 0; k < centroids.Rows; k++) responses.GradientRow(u)[(g * centroids.Rows) + k] += shares[k] * (products[k] - mean);
    }
}
