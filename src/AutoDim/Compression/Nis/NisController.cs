using AutoDim.Autograd;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Compression.Nis;

/// <summary>
/// NIS's controller: a softmax for each decision, moved by the policy gradient with a baseline (REINFORCE; advantage actor-critic, Mnih et al., 2016, whose critic is a single number, as
/// there is no state): θ rises along (R − V) ∇ log π(choice), V is a running mean of R.
/// </summary>
internal sealed unsafe class NisController : IDisposable
{
    private const double LearningRate = 0.05;

    /// <summary>What V keeps of itself at each step.</summary>
    private const double Memory = 0.95;

    private readonly Parameter logits;
    private readonly DenseOptimizer optimizer;
    private readonly NisSpace space;
    private readonly CounterRandom random;
    private double? value;

    public NisController(NisSpace space, WorkerPool pool, CounterRandom random)
    {
        (this.space, this.random) = (space, random);
        logits = Parameter.Constant("controller", space.Decisions, Enumerable.Range(0, space.Decisions).Max(space.OptionsOf));
        optimizer = DenseOptimizer.Create([logits], pool, OptimizerKind.Adam, LearningRate);
    }

    /// <summary>θ, (decisions, options).</summary>
    public Parameter Logits => logits;

    /// <summary>V; null before the first reward.</summary>
    public double? Value => value;

    /// <summary>π of a decision's options.</summary>
    public double[] Policy(int decision)
    {
        double[] weights = [.. Enumerable.Range(0, space.OptionsOf(decision)).Select(option => Math.Exp(logits.Row(decision)[option]))];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    /// <summary>A choice drawn from π.</summary>
    public int[] Draw(long step)
    {
        var draws = random.Fork((ulong)step);
        return [.. Enumerable.Range(0, space.Decisions).Select(decision =>
        {
            var (policy, left) = (Policy(decision), draws.Uniform(decision));
            var option = 0;
            while (option < policy.Length - 1 && (left -= policy[option]) >= 0) option++;
            return option;
        })];
    }

    /// <summary>A step by the reward of a choice.</summary>
    public void Learn(IReadOnlyList<int> choice, double reward)
    {
        var advantage = reward - (value ?? reward);
        value = (Memory * (value ?? reward)) + ((1 - Memory) * reward);
        logits.DropGradient();
        logits.EnsureGradient();
        for (var decision = 0; decision < choice.Count; decision++)
        {
            var policy = Policy(decision);
            for (var option = 0; option < policy.Length; option++) logits.GradientRow(decision)[option] = (Real)(advantage * (policy[option] - (option == choice[decision] ? 1 : 0)));
        }

        optimizer.Update(1);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        logits.Dispose();
    }
}
