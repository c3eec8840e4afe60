using System.Collections.Concurrent;
using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>A trained model from whose predictions others learn, beside the labels. It scores the training split once for each seed, on the first lane that asks.</summary>
/// <param name="share">Of its predictions in the labels, 0 to 1; with 0 there is nothing to score.</param>
/// <param name="score">Log-odds of every training sample, of the teacher of a seed.</param>
internal sealed class Teacher(double share, Func<ulong, WorkerPool, float[]> score)
{
    private readonly ConcurrentDictionary<ulong, Lazy<float[]>> logits = [];

    /// <summary>What it adds to the name of a training.</summary>
    public string Suffix => $"-distilled-{SettingText.Write(share)}";

    public double Share => share;

    /// <summary>Training samples, as the plan's model reads them, with the teacher's share in their labels.</summary>
    public DataSplit Teach(DataSplit train, ulong seed, WorkerPool lane) => share == 0 ? train : new DistilledSplit(train, logits.GetOrAdd(seed, one => new Lazy<float[]>(() => score(one, lane))).Value, share);

    /// <summary>What the model in a folder, or of the run that holds it, predicts on training samples: their log-odds.</summary>
    /// <exception cref="AutoDimException">It cannot be read, or is of other data.</exception>
    public static float[] Score(string path, ClickData data, WorkerPool pool)
    {
        if (pool.Ranks.AreSeveral) throw new AutoDimException("a model learns from a --teacher in one process; start it without mpirun");
        using var trained = TrainedModel.Load(TrainedModel.Find(path), pool);
        return trained.Score(data, data.Train);
    }

    /// <summary>The full model of each seed teaches all that are trained after it.</summary>
    /// <returns>Null where the share is 0.</returns>
    public static Teacher? Of(double share, IReadOnlyList<TrainedVariant> full, VariantTrainer trainer, DataSplit train)
        => share == 0 ? null : new Teacher(share, (seed, lane) => trainer.Score(full.Single(variant => variant.Seed == seed), train, lane));
}
