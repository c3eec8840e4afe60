using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Two dense optimisers that step together: one of a model's weights, one of those that are to become sparse. The learning rate is the first's.</summary>
internal sealed class JoinedOptimizer(DenseOptimizer weights, DenseOptimizer sparse) : DenseOptimizer
{
    public override IReadOnlyList<Parameter> Parameters { get; } = [.. weights.Parameters, .. sparse.Parameters];

    public override IReadOnlyList<NativeBuffer<Real>> State { get; } = [.. weights.State, .. sparse.State];

    public override long Step
    {
        get => weights.Step;
        set => weights.Step = sparse.Step = value;
    }

    public override double LearningRate
    {
        get => weights.LearningRate;
        set => weights.LearningRate = value;
    }

    public override double SquaredGradientNorm() => weights.SquaredGradientNorm() + sparse.SquaredGradientNorm();

    public override void Update(double gradientScale)
    {
        weights.Update(gradientScale);
        sparse.Update(gradientScale);
    }
}
