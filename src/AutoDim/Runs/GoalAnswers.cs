using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Answers a goal by methods' plans. Where a weight for each value takes a notable share of the answer's bytes, its method is asked once more with a first-order term that is read from the vectors,
/// which may then be longer; validation decides between the two.
/// </summary>
internal sealed class GoalAnswers(ClickData data, RunOptions options, TrainingOptions training, RunFolder folder, WorkerPool pool, RunObserver observer)
{
    /// <summary>What stages without a weight for each value begin with, and the folder of their methods' plans.</summary>
    public const string FromVectors = "first-order-from-vectors";

    /// <summary>Of an answer's bytes, from which on its weights are worth what it costs to be without: a training of the full model, and those of one method's plans.</summary>
    private const double NotableShare = 0.1;

    /// <summary>Whose plan it is, its training of the first seed, and who trains it.</summary>
    public sealed record Answer(string Method, EmbeddingPlan Plan, TrainedVariant Trained, VariantTrainer Trainer)
    {
        /// <summary>Of the plan's bytes, those of weights beside the vectors.</summary>
        public double WeightShare => (double)(Trained.EmbeddingBytes - Plan.Fields.Sum(item => item.Bytes)) / Trained.DeployedEmbeddingBytes;
    }

    /// <summary>The plan of best validation AUC within the bytes, or the smallest that keeps within the tolerance with every seed together.</summary>
    /// <param name="full">The full model of every seed.</param>
    /// <returns>Null where nothing smaller than the full model keeps within the tolerance.</returns>
    /// <exception cref="AutoDimException">No method has a plan that small.</exception>
    public Answer? Find(Goal goal, IReadOnlyList<TrainedVariant> full, VariantTrainer trainer, CancellationToken cancellation)
    {
        var answer = Ask(goal, options, folder, trainer, full[0], full, cancellation);
        if (answer == null || !options.MayLeaveOutWeights || answer.WeightShare < NotableShare) return answer;
        observer.Note(FormattableString.Invariant($"{answer.WeightShare:P0} of that are first-order weights: {answer.Method} is asked again with the term read from the vectors"));
        var vectors = options with { Methods = [answer.Method], ModelOptions = options.ModelOptions with { FirstOrder = FirstOrderTerm.FieldVectors } };
        var without = new VariantTrainer(data, ModelCatalog.Find(options.Model), vectors.ModelOptions, training, folder, pool, observer) { Prefix = $"{FromVectors}-" };
        var whole = without.Train("full", EmbeddingPlan.Uniform(data.Fields, options.FullDim), full[0].TableL2, training.Seed, null, cancellation);
        without.Teacher = trainer.Teacher;
        var other = Ask(goal, vectors, folder.Sub(FromVectors), without, whole, full, cancellation);
        var isBetter = other != null && (goal.Bytes == null ? other.Trained.DeployedEmbeddingBytes < answer.Trained.DeployedEmbeddingBytes : other.Trained.ValidAuc > answer.Trained.ValidAuc);
        observer.Note($"first order from {(isBetter ? "the vectors" : "a weight for each value")}");
        return isBetter ? other : answer;
    }

    /// <param name="measured">The full model by which methods measure.</param>
    private Answer? Ask(Goal goal, RunOptions asked, RunFolder plansFolder, VariantTrainer trainer, TrainedVariant measured, IReadOnlyList<TrainedVariant> full, CancellationToken cancellation)
    {
        var plans = new MethodPlans(data, asked, training, plansFolder, trainer, measured, pool, observer, cancellation);
        var found = new GoalSearch(plans, asked, full[0], observer);
        if (goal.Bytes is { } bytes) return Of(found.Best(bytes));
        foreach (var smallest in found.Smallest(goal))
        {
            var seeds = pool.Jobs.Select(full, trained => trainer.Train(MethodPlans.NameOf(smallest.Plan), smallest.Plan, full[0].TableL2, trained.Seed, null, cancellation));
            if (goal.IsMet(Mean(seeds), Mean(full))) return Of(smallest);
            observer.Note($"{smallest.Method}, {ByteSize.Show(smallest.Trained.DeployedEmbeddingBytes)}: not within {goal} over all seeds");
        }

        observer.Note($"nothing smaller than the full model keeps within {goal}");
        return null;

        Answer Of(GoalSearch.Answer answer) => new(answer.Method, answer.Plan, answer.Trained, trainer);
    }

    private static TrainedVariant Mean(IReadOnlyList<TrainedVariant> trained)
        => trained[0] with { ValidAuc = trained.Average(one => one.ValidAuc), ValidLogloss = trained.Average(one => one.ValidLogloss) };
}
