using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Makes a saved model smaller without training, or with a little of it: fewer dimensions by principal directions, smaller storage of rows and, with the data at hand, rare
/// values in one row. With data the losses are validation AUC, else squared error of the vectors.
/// </summary>
internal sealed class CompressJob(TrainedModel trained, ClickData? data, WorkerPool pool, RunObserver observer)
{
    private const string Target = "model";
    private const string ResultName = "compression.json";

    private readonly ModelManifest manifest = trained.Manifest;
    private readonly ModelCatalog.Entry entry = ModelCatalog.Find(trained.Manifest.Model);
    private readonly bool folds = data != null && trained.Manifest.MinCounts.Count == 0;

    /// <param name="budget">Deployed embedding bytes, or a share of the model's, such as 5%.</param>
    /// <param name="storages">To choose among, field by field.</param>
    /// <param name="folder">Where the smaller model goes, as model/, and compression.json.</param>
    /// <param name="fineTuning">How the smaller model is trained a little further; null: not at all. It needs data.</param>
    /// <param name="distillation">Share of the model's own predictions in the labels of fine-tuning, 0 to 1.</param>
    /// <param name="test">Whether to read the test split too.</param>
    /// <exception cref="AutoDimException">The model cannot be made that small, or not at all.</exception>
    public CompressResult Execute(string budget, IReadOnlyList<RowStorage> storages, RunFolder folder, TrainingOptions? fineTuning, double distillation, bool test, CancellationToken cancellation)
    {
        var asked = FormattableString.Invariant($"to {budget}, {string.Join(' ', storages.Select(storage => SettingText.Write(storage)))}, data {data?.Fingerprint ?? "none"}, {fineTuning?.Epochs ?? 0} epochs at {fineTuning?.LearningRate ?? 0}{(fineTuning == null ? "" : $", taught {SettingText.Write(distillation)}")}");
        if (trained.IsIn(folder.File(Target)) && manifest.Training.LastCompression == asked)
        {
            trained.RemoveFormer(); // would have been the last that the compression did
            throw new AutoDimException($"the model in '{trained.Folder}' has been compressed just so already, in its own folder; give another --to, or another --out");
        }

        using var model = Numbers();
        Check();
        var former = manifest.Plan;
        var formerBytes = PlanBytes.Of(former, manifest.Fields, entry.LinearRow(manifest.Options));
        var bytes = ByteSize.Parse(budget, formerBytes.Deployed);
        IReadOnlyList<long[]> counts = data == null ? [.. manifest.Fields.Select(field => Enumerable.Repeat(1L, (int)field.Rows).ToArray())] : View().TrainCounts;
        observer.Stage("compress", $"{entry.Name}: what each field's dimensions, storage{(folds ? " and rare values" : "")} are worth, {(data == null ? "by squared error" : "by validation AUC")}");
        var options = Losses(model, counts, storages, cancellation);
        var plan = LeastLossPlan.Within(KeepingCommonDim(options), manifest.Fields, entry.LinearRow(manifest.Options), bytes, Projection.Linear)
            ?? throw new AutoDimException($"the model cannot be made as small as {bytes} bytes ({ByteSize.Show(bytes)}) of {formerBytes.Deployed} without training; raise --to, allow smaller rows (--storages int4), or search for a plan: autodim run --budget");
        var folding = folds ? new RowFolding(data!, plan.MinCounts) : null;
        using var packed = Shrink(model, counts, plan, folding, fineTuning, distillation, cancellation);
        var after = PlanBytes.Of(plan, packed.Fields, entry.LinearRow(manifest.Options));
        var result = new CompressResult
        {
            Model = entry.Name,
            BytesBefore = formerBytes.Deployed,
            BytesAfter = after.Deployed,
            Valid = data == null ? null : Compare(packed, folding, data.Valid),
            Test = test && data != null ? Compare(packed, folding, data.Test) : null,
            Fields = [.. plan.Fields.Zip(former.Fields).Select((pair, m) => new CompressedField(pair.First.Field, pair.Second.Rows, pair.First.Rows, pair.Second.Dim, pair.First.Dim, pair.First.Storage, pair.First.MinCount,
                pair.Second.Bytes, pair.First.Bytes, LossOf(options[m], pair.First)))],
        };
        AtomicFile.WriteText(folder.File(ResultName), JsonSerializer.Serialize(result, CompressJson.Default.CompressResult)); // before the model: it is there for every model that is
        TrainedModel.Save(folder.File(Target), packed, manifest with
        {
            Fields = packed.Fields,
            Dims = [.. plan.Fields.Select(field => field.Dim)],
            Storages = plan.Storages,
            MinCounts = folds ? plan.MinCounts : manifest.MinCounts,
            Projection = Projection.Linear,
            Training = manifest.Training with { Valid = data == null ? null : Validation(packed, folding), LastCompression = asked },
        }, folding is { IsAny: true } ? RawMap.Of(data!, folding) : RawMap.Of(trained), folding == null ? trained.Frequencies() : RowFrequencies.Of(data!, folding));
        return result;
    }

    private static double LossOf(FieldOption[] options, PlanField chosen)
        => options.First(option => (option.Dim, option.Storage, option.MinCount) == (chosen.Dim, chosen.Storage, chosen.MinCount)).Loss;

    /// <summary>What the model reads: the data, with rare values in one row where it was trained so.</summary>
    private ClickData View() => trained.FoldingOf(data!).Apply(data!);

    /// <summary>The model with its rows as numbers, whatever they are packed as.</summary>
    private CtrModel Numbers()
    {
        var model = entry.Create(ModelContext.Planned(manifest.Fields, manifest.Plan, manifest.Options, 0, pool));
        Packing.Unpack(trained.Model, model);
        return model;
    }

    private void Check()
    {
        if (!entry.HasVectors) throw new AutoDimException($"model '{entry.Name}' has no embedding vectors to compress");
        if (manifest.Dims.Any(dim => dim == 0)) throw new AutoDimException("the model has fields without vectors, which compression does not handle; search for a smaller plan instead: autodim run --budget");
        if (manifest.Forms.Count > 0) throw new AutoDimException($"the model's vectors are made by a form ({manifest.Forms.First(form => form != null)}), which compression does not handle; search for a smaller plan instead: autodim run --budget");
        if (manifest.Projection == Projection.None && manifest.Dims.Distinct().Count() > 1) throw new AutoDimException("the model's fields have dimensions of their own and no maps, so that none can be shortened without training; search for a smaller plan instead: autodim run --budget");
    }

    private IReadOnlyList<FieldOption[]> Losses(CtrModel model, IReadOnlyList<long[]> counts, IReadOnlyList<RowStorage> storages, CancellationToken cancellation)
    {
        using var scorer = new Scorer(model, Scorer.BatchSize);
        using var original = Numbers();
        using var sample = data == null ? null : new SplitSample(View().Valid, SplitSample.EnoughForAuc);
        var labels = sample == null ? [] : Labels.OfBothClasses(sample);
        var whole = sample == null ? 0 : Auc.Compute(scorer.Score(sample), labels);
        return new FieldLosses
        {
            Model = model,
            Counts = counts,
            Dims = [.. manifest.Fields.Zip(manifest.Dims, (field, dim) => MeasuredMethod.DimsTo(dim).Where(shorter => shorter > 0).ToArray())],
            MinCounts = [.. manifest.Fields.Select((field, m) => folds ? RareRows.MinCounts(field, counts[m]) : [])],
            Storages = storages,
            Folded = (m, minCount) => minCount > 1 ? new RowFolding(data!, [.. manifest.Fields.Select((_, i) => i == m ? minCount : 0)]).Fields[m] : manifest.Fields[m],
            LossNow = m => sample == null ? SquaredError(original.VectorTable(manifest.Fields[m].Name), model.VectorTable(manifest.Fields[m].Name)) : whole - Auc.Compute(scorer.Score(sample), labels),
            Measured = observer.Measured,
        }.Measure(cancellation);
    }

    /// <summary>Per row, over all rows alike.</summary>
    private static unsafe double SquaredError(EmbeddingTable before, EmbeddingTable after)
    {
        var sum = 0.0;
        for (var i = 0L; i < before.Parameters; i++) sum += Math.Pow(before.Weights[i] - after.Weights[i], 2);
        return sum / before.Rows;
    }

    /// <summary>The dense part takes vectors of the common dimension, which is the plan's largest: the smallest field that has it keeps it.</summary>
    private IReadOnlyList<FieldOption[]> KeepingCommonDim(IReadOnlyList<FieldOption[]> options)
    {
        var common = manifest.Dims.Max();
        var keeper = Enumerable.Range(0, options.Count).Where(m => manifest.Dims[m] == common).MinBy(m => manifest.Fields[m].Rows);
        return [.. options.Select((list, m) => m == keeper ? [.. list.Where(option => option.Dim == common)] : list)];
    }

    private CtrModel Shrink(CtrModel model, IReadOnlyList<long[]> counts, EmbeddingPlan plan, RowFolding? folding, TrainingOptions? fineTuning, double distillation, CancellationToken cancellation)
    {
        var fields = folding?.Fields ?? manifest.Fields;
        using var numbers = entry.Create(ModelContext.Planned(fields, fineTuning == null ? plan : plan.Rounded, manifest.Options, 0, pool));
        new Shrinking(model, counts, folding).Apply(plan, numbers);
        if (fineTuning != null) FineTune(numbers, (folding ?? trained.FoldingOf(data!)).Apply(data!), fineTuning.For(data!), distillation, cancellation);
        var packed = entry.Create(ModelContext.Planned(fields, plan, manifest.Options, 0, pool, packed: true));
        Packing.Pack(numbers, packed);
        return packed;
    }

    /// <summary>Trains on from the shrunk weights, rounded to integers where they will be stored so, with the L2 that the model was trained with and the model as teacher; what does not gain on validation is not kept.</summary>
    private void FineTune(CtrModel model, ClickData folded, TrainingOptions training, double distillation, CancellationToken cancellation)
    {
        const string Stage = "fine-tuning";
        observer.Stage(Stage, $"up to {training.Epochs} epochs from the shrunk weights");
        using var learner = new Learner(model, training with { Tables = training.Tables with { L2 = manifest.Training.TableL2 } });
        using var shrunk = new Snapshot(LearnerState.Weights(model));
        shrunk.Take();
        var before = Auc.Compute(learner.Score(folded.Valid), Labels.OfBothClasses(folded.Valid));
        var taught = new Teacher(distillation, (_, _) => trained.Score(data!, data!.Train)).Teach(folded.Train, training.Seed, pool);
        var result = new Trainer(learner, taught, folded.Valid, stage: Stage) { OnStep = observer.Step, OnEpoch = observer.Epoch, OnNote = observer.Note }.Fit(cancellation);
        if (result.ValidAuc <= before) shrunk.Restore();
        observer.Note(FormattableString.Invariant($"{Stage}: validation AUC {before:F5} → {Math.Max(before, result.ValidAuc):F5}"));
    }

    private ValidationRecord Validation(CtrModel packed, RowFolding? folding)
    {
        using var scorer = new Scorer(packed, Scorer.BatchSize);
        return ValidationRecord.Of(scorer.Score((folding ?? trained.FoldingOf(data!)).Apply(data!.Valid)), Labels.Of(data.Valid));
    }

    private BeforeAndAfter Compare(CtrModel packed, RowFolding? folding, DataSplit split)
    {
        using var after = new Scorer(packed, Scorer.BatchSize);
        var labels = Labels.OfBothClasses(split);
        var (old, now) = (trained.Score(data!, split), after.Score((folding ?? trained.FoldingOf(data!)).Apply(split)));
        var difference = DeLong.Compare(now, old, labels);
        return new BeforeAndAfter(Metrics.Compute(old, labels), Metrics.Compute(now, labels), difference.Difference, [difference.Low, difference.High]);
    }
}

/// <summary>compression.json.</summary>
internal sealed record CompressResult
{
    public int FormatVersion { get; init; } = 1;

    public string Model { get; init; } = "";

    /// <summary>Deployed embedding bytes: tables, maps, vocabulary.</summary>
    public long BytesBefore { get; init; }

    public long BytesAfter { get; init; }

    /// <summary>On the validation split, by which the plan was chosen; null without data.</summary>
    public BeforeAndAfter? Valid { get; init; }

    /// <summary>On the test split; null where it was not read.</summary>
    public BeforeAndAfter? Test { get; init; }

    public IReadOnlyList<CompressedField> Fields { get; init; } = [];
}

/// <summary>A split scored before and after.</summary>
/// <param name="AucDeltaInterval">95%, DeLong.</param>
internal sealed record BeforeAndAfter(Metrics Before, Metrics After, double AucDelta, IReadOnlyList<double> AucDeltaInterval);

/// <summary>A field before and after.</summary>
/// <param name="MinCount">Values that training saw fewer times share a row; 0: every value has its own.</param>
/// <param name="BytesBefore">Of the vectors.</param>
/// <param name="Loss">What this alone was measured to cost: validation AUC, or without data squared error per row.</param>
internal sealed record CompressedField(string Field, long RowsBefore, long RowsAfter, int DimBefore, int DimAfter, RowStorage Storage, long MinCount, long BytesBefore, long BytesAfter, double Loss);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CompressResult))]
internal sealed partial class CompressJson : JsonSerializerContext;
