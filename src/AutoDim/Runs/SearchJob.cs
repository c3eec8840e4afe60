using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Searches each field's dimension, trains nothing further, and leaves plan.json in the folder.</summary>
internal sealed class SearchJob(ClickData data, RunOptions options, RunFolder folder, WorkerPool pool, RunObserver observer)
{
    /// <summary>Settings of a run that a search by itself has no use for.</summary>
    public static readonly string[] Unread = ["seeds", "baselines", "tune-l2", "inherit", "confirm", "within", "within-logloss", "methods", "storages"];

    /// <summary>Where the plan lies.</summary>
    public string PlanPath => folder.File("plan.json");

    public EmbeddingPlan Execute(CancellationToken cancellation)
    {
        SearchSpace.Check(options.Search.Candidates);
        RunRecord.Keep(folder, "search", data, options);
        var search = new PlanSearch(data, options, options.Training.For(data), folder, pool, new MetricsLog(folder, observer));
        var found = search.Run(options.Training.Tables.L2, singleLevel: false, cancellation).Result;
        var chosen = Budget() is { } bytes ? search.Within(found, bytes) : search.Derive(found);
        search.Save(chosen, found, "autodim");
        return chosen;
    }

    private long? Budget() => options.Budget is { } text
        ? ByteSize.Parse(text, PlanBytes.Of(EmbeddingPlan.Uniform(data.Fields, options.FullDim), data.Fields, ModelCatalog.Find(options.Model).LinearRow(options.ModelOptions)).Deployed)
        : null;
}
