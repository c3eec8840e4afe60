using System.Globalization;
using AutoDim.Data;
using AutoDim.Evaluation;

namespace AutoDim.Training;

/// <summary>
/// Trains a model to its best validation AUC: after an epoch without improvement the learning rate falls, after
/// <see cref="TrainingOptions.Patience"/> of them in a row training stops, and the best weights come back.
/// Without a validation split it trains for all of <see cref="TrainingOptions.Epochs"/> at one learning rate, and the last weights stay.
/// With a folder it checkpoints after every epoch, and when cancelled in the middle of one, and resumes bit-identically.
/// </summary>
internal sealed class Trainer(Learner learner, DataSplit train, DataSplit? valid, RunFolder? folder = null, string stage = "train")
{
    private const double ExplosionFactor = 3;

    private readonly TrainingOptions options = learner.Options;
    private readonly BatchSampler sampler = new(train, learner.Options.BatchSize, learner.Options.Seed, learner.Model.Context.Pool.Ranks);
    private readonly float[] validLabels = valid == null ? [] : Labels.OfBothClasses(valid);
    private double bestAuc = double.NegativeInfinity;
    private long bestEpoch;
    private int epochsWithoutGain;
    private double lossSum;
    private long lossCount;
    private double leastLoss = double.PositiveInfinity;
    private bool finished;
    private Snapshot? best;
    private RankPace? pace;

    public Trainer(Learner learner, ClickData data, RunFolder? folder = null, string stage = "train")
        : this(learner, data.Train, data.Valid, folder, stage)
    {
    }

    /// <summary>Told after every step, with the running mean loss of the epoch.</summary>
    public Action<TrainingProgress>? OnStep { get; init; }

    /// <summary>Told after every epoch that was validated.</summary>
    public Action<EpochResult>? OnEpoch { get; init; }

    /// <summary>Told what the user should know of.</summary>
    public Action<string>? OnNote { get; init; }

    /// <summary>Trains, or goes on where a checkpoint stopped. Throws <see cref="OperationCanceledException"/> after saving one.</summary>
    public TrainingResult Fit(CancellationToken cancellation = default)
    {
        TryResume();
        pace = new RankPace(learner.Model.Context.Pool.Ranks, OnNote);
        while (!finished) RunEpoch(cancellation);
        Restore();
        return new TrainingResult(bestAuc, bestEpoch, learner.Tables.Step);
    }

    private bool IsFinished => epochsWithoutGain >= options.Patience || sampler.Epoch >= options.Epochs;

    private Checkpoint Checkpoint => folder!.Checkpoint(stage);

    private Checkpoint BestWeights => folder!.Checkpoint($"{stage}-best");

    private void RunEpoch(CancellationToken cancellation)
    {
        pace!.Restart();
        while (sampler.TryNext(learner.Input.Batch))
        {
            lossSum += learner.Step();
            lossCount++;
            OnStep?.Invoke(new TrainingProgress(stage, sampler.Epoch + 1, options.Epochs, lossCount, sampler.BatchesPerEpoch, lossSum / lossCount, bestAuc));
            if (!pace.EndStep(cancellation.IsCancellationRequested)) continue;
            learner.CheckNumbers();
            Save();
            throw new OperationCanceledException(cancellation);
        }

        FinishEpoch();
        Save();
    }

    private void FinishEpoch()
    {
        var epoch = sampler.Epoch + 1;
        var scores = valid == null ? [] : learner.Score(valid);
        if (!scores.All(float.IsFinite)) throw new DivergenceException($"after epoch {epoch} of {stage} the model scores validation samples with what is no number; lower the learning rate (now {learner.Dense.LearningRate}, tables {learner.Tables.LearningRate})");
        learner.CheckNumbers();
        var loss = lossSum / Math.Max(1, lossCount);
        TellExplosion(epoch, loss);
        if (valid != null) Judge(epoch, loss, scores);
        sampler.Seek(epoch, 0);
        finished = IsFinished;
        lossSum = 0;
        lossCount = 0;
    }

    /// <summary>Keeps what is better on validation than any epoch before, or lowers the learning rate.</summary>
    private void Judge(long epoch, double loss, float[] scores)
    {
        var metrics = Metrics.Compute(scores, validLabels);
        if (metrics.Auc > bestAuc + options.MinimumImprovement)
        {
            bestAuc = metrics.Auc;
            bestEpoch = epoch;
            epochsWithoutGain = 0;
            Keep();
        }
        else
        {
            epochsWithoutGain++;
            var floor = options.MinimumLearningRate / options.LearningRate;
            learner.RateFactor = Math.Min(learner.RateFactor, Math.Max(learner.RateFactor * options.PlateauFactor, floor));
        }

        OnEpoch?.Invoke(new EpochResult(stage, epoch, loss, metrics.Auc, metrics.LogLoss, learner.RateFactor));
    }

    /// <summary>The mean loss of training batches falls, or wavers; that it becomes several times what it was is no learning any more.</summary>
    private void TellExplosion(long epoch, double loss)
    {
        if (loss > ExplosionFactor * leastLoss)
        {
            OnNote?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{stage}, epoch {epoch}: the training loss rose to {loss:G4}, {loss / leastLoss:F1} times its least, {leastLoss:G4}; training is unstable: lower the learning rate (now {learner.Dense.LearningRate}, tables {learner.Tables.LearningRate})"));
        }

        leastLoss = Math.Min(leastLoss, loss);
    }

    /// <summary>Keeps the best weights: in memory, and beside the checkpoint where there is a folder.</summary>
    private void Keep()
    {
        learner.Tables.CatchUpAll();
        if (folder != null)
        {
            BestWeights.Write(LearnerState.Weights(learner.Model), new Dictionary<string, string>());
            return;
        }

        best ??= new Snapshot(LearnerState.Weights(learner.Model));
        best.Take();
    }

    private void Restore()
    {
        if (valid == null) learner.Tables.CatchUpAll();
        else if (folder != null) BestWeights.Read(LearnerState.Weights(learner.Model));
        else best?.Restore();
        best?.Dispose();
    }

    private void Save()
    {
        learner.MergeStatistics();
        if (folder == null) return;
        Checkpoint.Write(LearnerState.All(learner), new Dictionary<string, string>
        {
            ["step"] = Text(learner.Tables.Step),
            ["epoch"] = Text(sampler.Epoch),
            ["position"] = Text(sampler.Position),
            ["rateFactor"] = Text(learner.RateFactor),
            ["bestAuc"] = Text(bestAuc),
            ["bestEpoch"] = Text(bestEpoch),
            ["epochsWithoutGain"] = Text(epochsWithoutGain),
            ["lossSum"] = Text(lossSum),
            ["lossCount"] = Text(lossCount),
            ["leastLoss"] = Text(leastLoss),
        });
    }

    private void TryResume()
    {
        if (folder == null || !Checkpoint.Exists) return;
        var state = Checkpoint.Read(LearnerState.All(learner));
        learner.RateFactor = Number(state["rateFactor"]); // before the step, or rows would catch up at the rate of the options
        learner.Tables.Step = learner.Dense.Step = (long)Number(state["step"]);
        bestAuc = Number(state["bestAuc"]);
        bestEpoch = (long)Number(state["bestEpoch"]);
        epochsWithoutGain = (int)Number(state["epochsWithoutGain"]);
        lossSum = Number(state["lossSum"]);
        lossCount = (long)Number(state["lossCount"]);
        leastLoss = state.TryGetValue("leastLoss", out var least) ? Number(least) : double.PositiveInfinity; // checkpoints of before have none
        sampler.Seek((long)Number(state["epoch"]), (long)Number(state["position"]));
        finished = IsFinished; // by the options as they are now: a training may go on to more epochs
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
