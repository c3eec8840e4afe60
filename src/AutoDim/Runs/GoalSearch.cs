using AutoDim.Compression;
using AutoDim.Embeddings;

namespace AutoDim.Runs;

/// <summary>Finds the plan that answers a goal, among several methods' plans and storages, by training them and looking at validation.</summary>
internal sealed class GoalSearch
{
    /// <summary>Shares of the full model's bytes that a search for the smallest model looks at, each some 0.7 of the one before.</summary>
    private static readonly double[] Shares = [1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125, 0.09, 0.0625, 0.045, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005];

    private readonly MethodPlans plans;
    private readonly TrainedVariant full;
    private readonly RunObserver observer;
    private readonly MethodCatalog.Entry[] methods;
    private readonly RowStorage[] storages;

    public GoalSearch(MethodPlans plans, RunOptions options, TrainedVariant full, RunObserver observer)
    {
        (this.plans, this.full, this.observer) = (plans, full, observer);
        methods = [.. options.Methods.Select(MethodCatalog.Find).Distinct()];
        storages = MethodPlans.Storages(options.Storages);
    }

    /// <summary>Who made a plan, and its training of the first seed.</summary>
    public sealed record Answer(string Method, EmbeddingPlan Plan, TrainedVariant Trained);

    /// <summary>The plan of best validation AUC within so many bytes; the full model is one of them where it fits.</summary>
    /// <exception cref="AutoDimException">No method has a plan that small.</exception>
    public Answer Best(long bytes)
    {
        Answer[] answers = [.. full.DeployedEmbeddingBytes <= bytes ? [new Answer("uniform", plans.FullPlan, full)] : (ReadOnlySpan<Answer>)[], .. Trained(bytes)];
        var best = answers.MaxBy(answer => answer.Trained.ValidAuc) ?? throw new AutoDimException(
            $"no plan within {bytes} bytes ({ByteSize.Show(bytes)}): the vocabulary alone takes {full.DeployedEmbeddingBytes - full.EmbeddingBytes} bytes; raise --budget, raise minCount, allow smaller rows (--storages int4,int3,int2), or store no weight beside a vector where the model has one (--first-order field-vectors)");
        observer.Note($"within {ByteSize.Show(bytes)}: {Name(best)} (valid AUC: {string.Join(", ", answers.Select(answer => FormattableString.Invariant($"{Name(answer)} {answer.Trained.ValidAuc:F5}")))})");
        return best;
    }

    /// <summary>
    /// Plans that meet the goal, the smallest first; none where only the full model does. The budgets between one that is met and one that is not
    /// are halved until they are neighbours. A budget is met by the first plan that meets the goal, so that few are trained.
    /// </summary>
    public IReadOnlyList<Answer> Smallest(Goal goal)
    {
        List<Answer> met = [];
        bool IsMet(double share)
        {
            foreach (var (method, plan) in Contenders((long)(share * full.DeployedEmbeddingBytes)))
            {
                var answer = new Answer(method, plan, plans.Try(plan));
                if (!goal.IsMet(answer.Trained, full)) continue;
                met.Add(answer);
                observer.Note(FormattableString.Invariant($"{share:P1} of the full model's bytes: {Name(answer)} keeps within {goal} (valid AUC {answer.Trained.ValidAuc:F5}, logloss {answer.Trained.ValidLogloss:F5})"));
                return true;
            }

            observer.Note(FormattableString.Invariant($"{share:P1} of the full model's bytes: no method keeps within {goal}"));
            return false;
        }

        var (large, small) = (0, Shares.Length);
        while (small - large > 1)
        {
            var middle = (large + small) / 2;
            if (IsMet(Shares[middle])) large = middle;
            else small = middle;
        }

        return [.. met.OrderBy(answer => answer.Trained.DeployedEmbeddingBytes)];
    }

    /// <summary>Every contender, those of other plans side by side.</summary>
    private IEnumerable<Answer> Trained(long bytes)
    {
        var contenders = Contenders(bytes).ToArray();
        return contenders.Zip(plans.Try([.. contenders.Select(contender => contender.Plan)]), (contender, trained) => new Answer(contender.Method, contender.Plan, trained));
    }

    /// <summary>With the rows' storage, where all fields have the same.</summary>
    private static string Name(Answer answer) => answer.Plan.Fields.Select(field => field.Storage).Distinct().ToArray() is [var storage] ? Contender.NameOf(answer.Method, storage) : answer.Method;

    private IEnumerable<(string Method, EmbeddingPlan Plan)> Contenders(long bytes)
    {
        foreach (var storage in storages)
        {
            foreach (var method in methods.Where(method => method.Asked(storages).Contains(storage)))
            {
                if (plans.Choose(method, bytes, storage) is { } plan) yield return (method.Name, plan);
            }
        }
    }
}
