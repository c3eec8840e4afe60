using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Training;

namespace AutoDim.Updating;

/// <summary>
/// Trains a deployed model on, on new rows: values that now occur get rows, cold ones lose theirs, the dimensions and storages stay. The new
/// rows must be in order of time: their last part is not learned, and tells what was gained. Stopped and repeated, it goes on from its last checkpoint.
/// </summary>
internal sealed class UpdateJob(TrainedModel trained, WorkerPool pool, RunObserver observer)
{
    private const string Stage = "update";
    private const string Target = "model";
    private const string ResultName = "update.json";

    /// <summary>Begins the name of a folder of checkpoints.</summary>
    private const string Unfinished = "update-";

    private readonly ModelManifest manifest = trained.Manifest;
    private readonly ModelCatalog.Entry entry = ModelCatalog.Find(trained.Manifest.Model);

    /// <param name="cells">The new rows with their labels, oldest first.</param>
    /// <param name="folder">Where the updated model goes, as model/, and update.json; null: nothing is learned or written, the result tells what would be admitted and evicted.</param>
    /// <exception cref="AutoDimException">The model cannot be updated, or not within the budget.</exception>
    public UpdateResult Execute(RawCells cells, UpdateOptions options, RunFolder? folder, CancellationToken cancellation)
    {
        options.Check();
        if (manifest.Forms.FirstOrDefault(form => form is not (null or RoundedForm)) is { } made) throw new AutoDimException($"the model's vectors are made by a form ({made}), which an update does not handle; prepare old and new rows together, then: autodim train PREPARED --plan plan.json, that of the model's run");
        var rows = cells.Fingerprint();
        if (folder != null && trained.IsIn(folder.File(Target)) && manifest.Training.LastUpdate == rows)
        {
            trained.RemoveFormer(); // this and the next would have been the last that the update did
            RemoveCheckpoints(folder);
            throw new AutoDimException($"the model in '{trained.Folder}' has learned just these rows already, by an update in its own folder; give rows that are newer, or another --out");
        }

        var learned = cells.RowCount - (int)Math.Ceiling(cells.RowCount * options.HeldOut);
        if (learned < 1) throw new AutoDimException($"{cells.RowCount} new rows are too few to learn from some and to hold out others");
        RawCells learning = cells.Slice(0, learned), tail = cells.Slice(learned, cells.RowCount - learned);
        if (!tail.Labels.AsSpan().ContainsAnyExcept(tail.Labels[0])) throw new AutoDimException($"the last {tail.RowCount} new rows, which are held out, all have label {tail.Labels[0]}; give more rows, or raise --held-out");
        var former = PlanBytes.Of(manifest.Plan, manifest.Fields, entry.LinearRow(manifest.Options)).Deployed;
        var budget = options.Budget == null ? former : ByteSize.Parse(options.Budget, former);
        var (encoders, frequencies) = (trained.Encoders(), trained.Frequencies());
        if (frequencies == null) observer.Note("the model's folder keeps no frequencies (it is of an earlier version): values are cold where the new rows do not have them");
        var change = VocabularyChange.Choose(manifest, encoders, frequencies?.Train, learning, MinCounts(encoders, options), budget);
        var result = new UpdateResult
        {
            Model = entry.Name,
            Options = options with { Seed = options.Seed ?? manifest.Training.Seed },
            RowsLearned = learning.RowCount,
            RowsHeldOut = tail.RowCount,
            Budget = budget,
            BytesBefore = former,
            BytesAfter = change.Bytes,
            Fields = change.Changes,
        };
        return folder == null ? result : Update(result, change, frequencies, encoders, learning, tail, rows, folder, cancellation);
    }

    private UpdateResult Update(UpdateResult result, VocabularyChange change, RowFrequencies? frequencies, IReadOnlyList<FieldEncoder> encoders, RawCells learning, RawCells tail, string rows, RunFolder folder, CancellationToken cancellation)
    {
        using var scorer = new Scorer(trained.Model, Scorer.BatchSize);
        var unlearned = Metrics.Compute(scorer.Score(learning.Encode(encoders)), learning.Labels); // before the model learns them
        var before = scorer.Score(tail.Encode(encoders));
        MemorySplit learningSplit = learning.Encode(change.Encoders), tailSplit = tail.Encode(change.Encoders);
        using var numbers = entry.Create(ModelContext.Planned(change.Fields, change.Plan, manifest.Options, 0, pool));
        Packing.Unpack(trained.Model, numbers, change.FormerRows);
        Learn(numbers, learningSplit, result.Options, Checkpoints(folder, result, rows), cancellation);
        using var packed = entry.Create(ModelContext.Planned(change.Fields, change.Plan, manifest.Options, 0, pool, packed: true));
        Packing.Pack(numbers, packed);
        using var updatedScorer = new Scorer(packed, Scorer.BatchSize);
        var after = updatedScorer.Score(tailSplit);
        var difference = DeLong.Compare(after, before, tail.Labels);
        var valid = ValidationRecord.Of(after, tail.Labels);
        result = result with
        {
            Unlearned = unlearned,
            HeldOut = new BeforeAndAfter(Metrics.Compute(before, tail.Labels), valid.Metrics, difference.Difference, [difference.Low, difference.High]),
        };
        AtomicFile.WriteText(folder.File(ResultName), JsonSerializer.Serialize(result, UpdateJson.Default.UpdateResult)); // before the model: it is there for every model that is
        TrainedModel.Save(folder.File(Target), packed, manifest with
        {
            Fields = change.Fields,
            Training = manifest.Training with { Seed = result.Options.Seed!.Value, ValidAuc = valid.Metrics.Auc, Valid = valid, LastUpdate = rows, LastCompression = null },
        }, RawMap.Of(trained)! with { Encoders = change.Encoders }, new RowFrequencies(TrainCounts(change, frequencies, learningSplit), RowCounts.Of(tailSplit, change.Fields)));
        RemoveCheckpoints(folder);
        return result;
    }

    /// <summary>Where this very update, of this model with these rows and options, keeps its checkpoints: another one in the same folder does not go on from them.</summary>
    private RunFolder Checkpoints(RunFolder folder, UpdateResult planned, string rows)
    {
        var asked = JsonSerializer.Serialize(manifest, ModelJson.Default.ModelManifest) + rows + JsonSerializer.Serialize(planned, UpdateJson.Default.UpdateResult);
        return folder.Sub($"{Unfinished}{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(asked)):x16}");
    }

    private static void RemoveCheckpoints(RunFolder folder)
    {
        foreach (var path in Directory.GetDirectories(folder.Path, Unfinished + "*")) Directory.Delete(path, recursive: true);
    }

    /// <summary>A fixed number of epochs, with the L2 that the model was trained with: nothing is chosen by the rows held out.</summary>
    private void Learn(CtrModel model, MemorySplit split, UpdateOptions options, RunFolder checkpoints, CancellationToken cancellation)
    {
        observer.Stage(Stage, $"{entry.Name}: {options.Epochs} epochs of {split.RowCount:N0} new rows from the deployed weights");
        if (options.Epochs == 0) return;
        var training = new TrainingOptions { Epochs = options.Epochs, LearningRate = options.LearningRate, Seed = options.Seed!.Value, Tables = new() { LearningRate = options.LearningRate, L2 = manifest.Training.TableL2 } }.For(split.RowCount);
        using var learner = new Learner(model, training);
        new Trainer(learner, split, valid: null, checkpoints, Stage) { OnStep = observer.Step, OnNote = observer.Note }.Fit(cancellation);
    }

    /// <summary>At least the schema's, and what the plan asks for where it lets rare values share a row.</summary>
    private long[] MinCounts(IReadOnlyList<FieldEncoder> encoders, UpdateOptions options)
    {
        var schema = RawRows.SchemaOf(Path.Combine(trained.Folder, manifest.Schema!.Name), manifest.Fields, encoders);
        return [.. schema.Fields.Select((field, m) => options.MinCount ?? Math.Max(field.MinCount ?? schema.MinCount, manifest.MinCounts.Count > 0 ? manifest.MinCounts[m] : 0))];
    }

    /// <summary>Of the former training and the new rows together; an evicted value counts as unseen.</summary>
    private static long[][] TrainCounts(VocabularyChange change, RowFrequencies? frequencies, MemorySplit learned)
    {
        var counts = RowCounts.Of(learned, change.Fields);
        for (var m = 0; m < counts.Length && frequencies != null; m++)
        {
            var (former, rows) = (frequencies.Train[m], change.FormerRows[m]);
            var left = former.Sum();
            for (var row = 0; row < rows.Length; row++)
            {
                if (rows[row] == FieldEncoder.UnseenRow && row != rows[row]) continue; // an admitted value
                counts[m][row] += former[rows[row]];
                left -= former[rows[row]];
            }

            counts[m][FieldEncoder.UnseenRow] += left;
        }

        return counts;
    }
}
