using System.Diagnostics;
using System.Text.Json;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Trains models by plans, each once: what a run folder already holds is not trained again.</summary>
internal sealed class VariantTrainer(ClickData data, ModelCatalog.Entry entry, ModelOptions modelOptions, TrainingOptions training, RunFolder folder, WorkerPool pool, RunObserver observer)
{
    /// <summary>Trains with each L2 and keeps the best on validation.</summary>
    /// <param name="initialise">Changes the fresh model, as when inheriting; null for none.</param>
    public TrainedVariant Tune(string name, EmbeddingPlan plan, IReadOnlyList<double> l2, ulong seed, Action<CtrModel>? initialise, CancellationToken cancellation)
    {
        var best = l2.Select(value => Train(name, plan, value, seed, initialise, cancellation)).ToArray().MaxBy(variant => variant.ValidAuc)!;
        if (l2.Count > 1) observer.Note($"{name}: best validation AUC {best.ValidAuc:F5} with table L2 {best.TableL2:G3} (tried {string.Join(", ", l2.Select(value => value.ToString("G3")))})");
        return best;
    }

    /// <summary>Trains one model, or finds it trained.</summary>
    public TrainedVariant Train(string name, EmbeddingPlan plan, double l2, ulong seed, Action<CtrModel>? initialise, CancellationToken cancellation)
    {
        var stage = FormattableString.Invariant($"{name}-l2-{l2:G6}-seed{seed}");
        var record = folder.File(Path.Combine("stages", $"{stage}.json"));
        if (File.Exists(record)) return JsonSerializer.Deserialize(File.ReadAllText(record), RunJson.Default.TrainedVariant)!;
        observer.Stage(stage, $"{name}: table L2 {l2:G3}, seed {seed}, {ByteSize.Show(PlanBytes.Of(plan, data.Fields, true).Tables)} of tables");
        var trained = Train(stage, plan, l2, seed, initialise, NewModel(plan, seed), cancellation);
        AtomicFile.WriteText(record, JsonSerializer.Serialize(trained, RunJson.Default.TrainedVariant));
        File.Delete(folder.Checkpoint(stage));
        return trained;
    }

    /// <summary>Loads the best weights of a trained variant and scores a split.</summary>
    public float[] Score(TrainedVariant variant, DataSplit split)
    {
        using var model = Load(variant);
        using var scorer = new Scorer(model, training.EvaluationBatchSize);
        return scorer.Score(split);
    }

    /// <summary>The trained model; the caller disposes it.</summary>
    public CtrModel Load(TrainedVariant variant)
    {
        var model = NewModel(EmbeddingPlan.Of(data.Fields, variant.Dims) with { Projection = variant.Projection }, variant.Seed);
        TensorFile.Read(folder.Checkpoint($"{variant.Stage}-best"), LearnerState.Weights(model));
        return model;
    }

    /// <summary>Saves a trained variant as a model folder.</summary>
    public void Export(TrainedVariant variant, string target)
    {
        using var model = Load(variant);
        TrainedModel.Save(target, model, new ModelManifest
        {
            Model = entry.Name,
            Options = modelOptions,
            Fields = model.Fields,
            Dims = variant.Dims,
            Projection = variant.Projection,
            Data = data.Fingerprint,
            Training = new TrainingRecord { Seed = variant.Seed, TableL2 = variant.TableL2, ValidAuc = variant.ValidAuc, BestEpoch = variant.BestEpoch, Steps = variant.Steps },
        }, data.Folder);
    }

    private CtrModel NewModel(EmbeddingPlan plan, ulong seed) => entry.Create(ModelContext.Planned(data.Fields, plan, modelOptions, seed, pool));

    private TrainedVariant Train(string stage, EmbeddingPlan plan, double l2, ulong seed, Action<CtrModel>? initialise, CtrModel model, CancellationToken cancellation)
    {
        using (model)
        {
            initialise?.Invoke(model);
            MemoryUse.Reset();
            var clock = Stopwatch.StartNew();
            using var learner = new Learner(model, training with { Seed = seed, Tables = training.Tables with { L2 = l2 } });
            var result = new Trainer(learner, data, folder, stage) { OnStep = observer.Step, OnEpoch = observer.Epoch }.Fit(cancellation);
            var tables = model.Set.Parameters * sizeof(float);
            var maps = model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)).Sum(parameter => parameter.Length) * sizeof(float);
            var dense = model.Parameters.Concat(model.Statistics).Sum(parameter => parameter.Length) * sizeof(float);
            var vocabulary = data.Fields.Sum(field => field.VocabularyBytes);
            return new TrainedVariant
            {
                Stage = stage,
                Dims = [.. plan.Fields.Select(field => field.Dim)],
                Projection = plan.Projection,
                Seed = seed,
                TableL2 = l2,
                ValidAuc = result.ValidAuc,
                BestEpoch = result.BestEpoch,
                Steps = result.Steps,
                Seconds = clock.Elapsed.TotalSeconds,
                PeakRss = MemoryUse.Peak,
                Parameters = model.Set.Parameters + model.Parameters.Sum(parameter => parameter.Length),
                EmbeddingParameters = model.Set.Parameters,
                EmbeddingBytes = tables,
                DeployedEmbeddingBytes = tables + maps + vocabulary,
                TotalBytes = tables + dense + vocabulary,
            };
        }
    }
}
