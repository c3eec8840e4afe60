using System.Globalization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs.Scaling;
using AutoDim.Runs.TensorBoard;
using AutoDim.Search;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Searches each field's dimension, trains nothing further, and leaves plan.json in the folder.</summary>
internal sealed class SearchJob(ClickData data, SearchJobOptions job, RunFolder folder, WorkerPool pool, RunObserver observer)
{
    /// <summary>Settings of a run that a search by itself has no use for.</summary>
    public static readonly string[] Unread = ["seeds", "baselines", "tune-l2", "inherit", "confirm", "within", "within-logloss", "methods", "storages"];

    private const string PlanName = "plan.json";

    private readonly RunOptions options = job.Run;

    /// <summary>Where the plan lies.</summary>
    public string PlanPath => folder.File(PlanName);

    /// <summary>The old plan that a folder or a file is: a run's or a search's plan.json, else that of a model folder's manifest, with dimensions alone.</summary>
    /// <exception cref="AutoDimException">There is none, or it cannot be read.</exception>
    public static PlanFile OldPlan(string path)
    {
        var found = ((string[])[path, Path.Combine(path, PlanName), Path.Combine(path, "..", PlanName)]).FirstOrDefault(File.Exists);
        if (found != null) return PlanFile.Read(found);
        var model = TrainedModel.Find(path);
        if (!File.Exists(Path.Combine(model, ModelManifest.Name))) throw new AutoDimException($"--from is '{path}', which holds no {PlanName} and no model; give the folder of a run, a search or a model");
        var manifest = ModelManifest.Load(model);
        return PlanFile.Of(manifest.Plan, "model", manifest.Data);
    }

    public EmbeddingPlan Execute(CancellationToken cancellation)
    {
        SearchSpace.Check(options.Search.Candidates);
        var start = job.From == null ? null : new WarmStart(OldPlan(job.From), job.Keep);
        if (start?.Undetermined(data.Fields) is { Count: > 0 } undetermined) observer.Note($"no old preferences, so these start with none: {string.Join(", ", undetermined)}");
        RunRecord.Keep(folder, "search", data, job);
        var training = options.Training.For(data);
        var tensorboard = options.Tensorboard ? new TensorBoardFolder(folder, data.Fields, options.Search.Candidates, training.LearningRate) : null;
        if (!options.Search.SecondOrder) TablePlanner.Choose(pool, data, ModelCatalog.Find(options.Model), options.ModelOptions, training, [.. data.Fields.Select(_ => options.Search.Candidates.Max())], observer);
        var search = new PlanSearch(data, options, training, folder, pool, new MetricsLog(folder, observer, tensorboard), start);
        var found = search.Run(options.Training.Tables.L2, SearchKind.AutoDim, cancellation).Result;
        var chosen = Budget() is { } bytes ? search.Within(found, bytes) : search.Derive(found);
        search.Save(chosen, found, "autodim", options.ModelOptions);
        if (start != null) TellChanges(chosen, found, start);
        return chosen;
    }

    private void TellChanges(EmbeddingPlan chosen, SearchResult found, WarmStart start)
    {
        var changed = 0;
        foreach (var (item, choice, field) in chosen.Fields.Zip(found.Fields, data.Fields))
        {
            if (start.DimOf(field) is not { } old || old == item.Dim) continue;
            observer.Note(string.Create(CultureInfo.InvariantCulture, $"{item.Field}: {old} → {item.Dim}, {choice.LossAt(old) - choice.LossAt(item.Dim):+0.0000;-0.0000} of validation AUC as measured"));
            changed++;
        }

        observer.Note($"{data.Fields.Count - changed} of {data.Fields.Count} fields keep their dimension");
    }

    private long? Budget() => options.Budget is { } text
        ? ByteSize.Parse(text, PlanBytes.Of(EmbeddingPlan.Uniform(data.Fields, options.FullDim), data.Fields, ModelCatalog.Find(options.Model).LinearRow(options.ModelOptions)).Deployed)
        : null;
}
