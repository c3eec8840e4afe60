using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>The main job from C#: what <c>autodim prepare</c>, <c>run</c>, <c>search</c> and <c>train</c> do, with the same options and the same folders.</summary>
public static class Recommender
{
    /// <summary>Prepares a click log.</summary>
    /// <exception cref="AutoDimException">Files, schema or rows are bad, or the folder holds prepared data already or cannot be written.</exception>
    public static void Prepare(PrepareOptions options, CancellationToken cancellation = default) => Preparation.Run(options, null, cancellation);

    /// <summary>Full model, search, plan, retraining, comparison, test, export and report, in a folder; goes on where an earlier call stopped.</summary>
    /// <param name="data">Folder of prepared data.</param>
    /// <param name="folder">Folder for what is made; the model lies in its subfolder <c>model</c>.</param>
    /// <param name="threads">0 for every core. Results do not depend on it.</param>
    /// <exception cref="AutoDimException">An option or the data is not usable, or the folder belongs to a run of other settings.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was saved.</exception>
    public static RunResult Run(string data, string folder, RunOptions? options = null, int threads = 0, CancellationToken cancellation = default)
    {
        using var clicks = ClickData.Open(data);
        using var pool = Pool(threads);
        using var place = new RunFolder(folder, isLocked: true);
        return new Run(clicks, options ?? new RunOptions(), place, pool, new RunObserver()).Execute(clicks.PrepareSeconds, cancellation);
    }

    /// <summary>Searches each field's dimension, and no more; the plan lies in the folder as plan.json, for <see cref="TrainJobOptions.Plan"/>.</summary>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static IReadOnlyList<PlanRow> Search(string data, string folder, SearchJobOptions? options = null, int threads = 0, CancellationToken cancellation = default)
    {
        using var clicks = ClickData.Open(data);
        using var pool = Pool(threads);
        using var place = new RunFolder(folder, isLocked: true);
        return PlanRow.Of(new SearchJob(clicks, options ?? new SearchJobOptions(), place, pool, new RunObserver()).Execute(cancellation));
    }

    /// <summary>Trains one model by a plan or with one dimension for every field.</summary>
    /// <inheritdoc cref="Run" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static TrainJobResult Train(string data, string folder, TrainJobOptions? options = null, int threads = 0, CancellationToken cancellation = default)
    {
        using var clicks = ClickData.Open(data);
        using var pool = Pool(threads);
        using var place = new RunFolder(folder, isLocked: true);
        return new TrainJob(clicks, options ?? new TrainJobOptions(), place, pool, new RunObserver()).Execute(cancellation);
    }

    private static WorkerPool Pool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return threads == 0 ? WorkerPool.ForMachine() : new WorkerPool(threads);
    }
}
