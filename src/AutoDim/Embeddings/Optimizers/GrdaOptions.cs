using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Settings;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>How weights that are to become sparse learn, by <see cref="GrdaRule"/>. Defaults are those of AutoFIS' public implementation.</summary>
public sealed record GrdaOptions
{
    /// <value>c of the threshold c·√γ·(nγ)^μ at step n and learning rate γ, 0 to 10; default 5e-4. A larger one leaves fewer pairs.</value>
    [Description("c of the threshold c*sqrt(rate)*(step*rate)^mu below which GRDA sets a gate to 0"), Models("autofis"), Range(0.0, 10.0)]
    public double C { get; init; } = 5e-4;

    /// <value>μ, 0 to 1; default 0.8.</value>
    [Description("mu of the same"), Models("autofis"), Range(0.0, 1.0)]
    public double Mu { get; init; } = 0.8;

    /// <value>γ, above 0, at most 10; default 1. It stays when validation lowers that of the other weights.</value>
    [Description("learning rate of the gates"), Models("autofis"), Range(1e-12, 10)]
    public double LearningRate { get; init; } = 1;
}
