using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>One model's part of a comparison: the full model, every method's plans, their trainings and their tests.</summary>
internal sealed class ComparedModel
{
    private readonly ClickData data;
    private readonly CompareOptions options;
    private readonly RunOptions run;
    private readonly TrainingOptions training;
    private readonly RunFolder folder;
    private readonly WorkerPool pool;
    private readonly RunObserver observer;
    private readonly VariantTrainer trainer;
    private IReadOnlyList<Trial> trials = [];
    private IReadOnlyList<TrainedVariant> full = [];

    /// <param name="folder">Of this model alone.</param>
    public ComparedModel(string model, ClickData data, CompareOptions options, RunFolder folder, WorkerPool pool, RunObserver observer)
    {
        (this.data, this.options, this.folder, this.pool) = (data, options, folder, pool);
        var entry = ModelCatalog.Find(model);
        if (!entry.HasVectors) throw new AutoDimException($"model '{entry.Name}' has no embedding vectors, so there is nothing to compress");
        run = options.Of(entry.Name);
        training = run.Training.For(data);
        this.observer = new MetricsLog(folder, observer);
        trainer = new VariantTrainer(data, entry, run.ModelOptions, training, folder, pool, this.observer);
    }

    /// <summary>A contender before the test split is read.</summary>
    private sealed record Trial(string Method, RowStorage Storage, string Budget, long Bytes, EmbeddingPlan Plan, (double Seconds, long PeakRss) Cost)
    {
        public IReadOnlyList<TrainedVariant> Trained { get; init; } = [];
    }

    /// <summary>Asks every method for its plans, then trains those; reads no test split.</summary>
    public void Train(IReadOnlyList<MethodCatalog.Entry> methods, IReadOnlyList<RowStorage> storages, CancellationToken cancellation)
    {
        full = TrainSeeds(EmbeddingPlan.Uniform(data.Fields, run.FullDim), cancellation);
        trainer.Teacher = Teacher.Of(run.TaughtShare, full, trainer, data.Train);
        var plans = new MethodPlans(data, run, training, folder, trainer, full[0], pool, observer, cancellation);
        List<Trial> asked = [];
        foreach (var method in methods)
        {
            foreach (var storage in method.Different(storages))
            {
                foreach (var budget in options.Budgets)
                {
                    var bytes = ByteSize.Parse(budget, full[0].DeployedEmbeddingBytes);
                    if (plans.Choose(method, bytes, storage) is { } plan) asked.Add(new Trial(method.Name, storage, budget, bytes, plan, plans.Cost(method.Name, storage)));
                    else observer.Note($"{run.Model}, {method.Name}: no plan within {budget} ({ByteSize.Show(bytes)}) of {storage} rows");
                }
            }
        }

        plans.LetGo();
        trials = pool.Jobs.Select(asked, trial => trial with { Trained = TrainSeeds(trial.Plan, cancellation) });
    }

    /// <summary>Reads the test split.</summary>
    public ModelComparison Test(float[] labels)
    {
        var fullTested = trainer.Test("full", run.FullDim, full, data.Test, labels);
        var tested = trials.Select(trial => trainer.Test(trial.Method, trial.Plan is { IsUniform: true, Forms.Count: 0 } ? trial.Plan.MappedDim : null, trial.Trained, data.Test, labels)).ToArray();
        TestedVariant? UniformFor(Trial trial) => tested.Where((_, i) => (trials[i].Method, trials[i].Bytes) == (MethodCatalog.Uniform, trial.Bytes) && (MethodCatalog.Find(trial.Method).Mixes || trials[i].Storage == trial.Storage))
            .MaxBy(uniform => uniform.Trained.Average(trained => trained.ValidAuc));
        return new ModelComparison
        {
            Model = run.Model,
            ReadsFirstOrder = ModelCatalog.Find(run.Model).ReadsFirstOrder(run.ModelOptions),
            Full = fullTested.ToResult(),
            Contenders = [.. trials.Select((trial, i) =>
            {
                var toUniform = trial.Method != MethodCatalog.Uniform && UniformFor(trial) is { } uniform ? TestedVariant.Compare(tested[i], uniform, labels) : null;
                return new Contender
                {
                    Method = trial.Method,
                    Storage = trial.Storage,
                    Budget = trial.Budget,
                    BudgetBytes = trial.Bytes,
                    Projection = trial.Plan.Projection,
                    Result = tested[i].ToResult(fullTested, labels),
                    UniformDelta = toUniform?.Difference,
                    UniformDeltaInterval = toUniform == null ? null : [toUniform.Low, toUniform.High],
                    SearchSeconds = trial.Cost.Seconds,
                    SearchPeakRss = trial.Cost.PeakRss,
                };
            })],
        };
    }

    private IReadOnlyList<TrainedVariant> TrainSeeds(EmbeddingPlan plan, CancellationToken cancellation)
        => trainer.TrainSeeds(MethodPlans.NameOf(plan), plan, run.TuneL2, run.Seeds, null, cancellation);
}
