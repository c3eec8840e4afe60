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
/// rows must be in order of time: their last part is not learned, and tells what was gained.
/// </summary>
internal sealed class UpdateJob(TrainedModel trained, WorkerPool pool, RunObserver observer)
{
    private const int BatchSize = 4096;
    private const string Stage = "update";

    private readonly ModelManifest manifest = trained.Manifest;
    private readonly ModelCatalog.Entry entry = ModelCatalog.Find(trained.Manifest.Model);

    /// <summary>
    /// Told the result before the updated model takes its place: what is kept of it is then there for every model that is, wherever this is stopped.
    /// </summary>
    public Action<UpdateResult>? OnResult { get; init; }

    /// <param name="cells">The new rows with their labels, oldest first.</param>
    /// <param name="target">Folder of the updated model; null: nothing is learned or written, the result tells what would be admitted and evicted.</param>
    /// <exception cref="AutoDimException">The model cannot be updated, or not within the budget.</exception>
    public UpdateResult Execute(RawCells cells, UpdateOptions options, string? target, CancellationToken cancellation)
    {
        options.Check();
        if (manifest.Forms.FirstOrDefault(form => form is not (null or RoundedForm)) is { } made) throw new AutoDimException($"the model's vectors are made by a form ({made}), which an update does not handle; prepare old and new rows together, then: autodim train PREPARED --plan plan.json, that of the model's run");
        var rows = cells.Fingerprint();
        if (target != null && Path.GetFullPath(target) == Path.GetFullPath(trained.Folder) && manifest.Training.LastUpdate == rows)
        {
            throw new AutoDimException($"the model in '{target}' has learned just these rows already, by an update in its own folder; give rows that are newer, or another --out");
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
        return target == null ? result : Update(result, change, frequencies, encoders, learning, tail, rows, target, cancellation);
    }

    private UpdateResult Update(UpdateResult result, VocabularyChange change, RowFrequencies? frequencies, IReadOnlyList<FieldEncoder> encoders, RawCells learning, RawCells tail, string rows, string target, CancellationToken cancellation)
    {
        using var scorer = new Scorer(trained.Model, BatchSize);
        var unlearned = Metrics.Compute(scorer.Score(learning.Encode(encoders)), learning.Labels); // before the model learns them
        var before = scorer.Score(tail.Encode(encoders));
        MemorySplit learningSplit = learning.Encode(change.Encoders), tailSplit = tail.Encode(change.Encoders);
        using var numbers = entry.Create(ModelContext.Planned(change.Fields, change.Plan, manifest.Options, 0, pool));
        Packing.Unpack(trained.Model, numbers, change.FormerRows);
        Learn(numbers, learningSplit, result.Options, cancellation);
        using var packed = entry.Create(ModelContext.Planned(change.Fields, change.Plan, manifest.Options, 0, pool, packed: true));
        Packing.Pack(numbers, packed);
        using var updatedScorer = new Scorer(packed, BatchSize);
        var after = updatedScorer.Score(tailSplit);
        var difference = DeLong.Compare(after, before, tail.Labels);
        var valid = ValidationRecord.Of(after, tail.Labels);
        result = result with
        {
            Unlearned = unlearned,
            HeldOut = new BeforeAndAfter(Metrics.Compute(before, tail.Labels), valid.Metrics, difference.Difference, [difference.Low, difference.High]),
        };
        OnResult?.Invoke(result);
        TrainedModel.Save(target, packed, manifest with
        {
            Fields = change.Fields,
            Training = manifest.Training with { Seed = result.Options.Seed!.Value, ValidAuc = valid.Metrics.Auc, Valid = valid, LastUpdate = rows },
        }, RawMap.Of(trained)! with { Encoders = change.Encoders }, new RowFrequencies(TrainCounts(change, frequencies, learningSplit), RowCounts.Of(tailSplit, change.Fields)));
        return result;
    }

    /// <summary>A fixed number of epochs, with the L2 that the model was trained with: nothing is chosen by the rows held out.</summary>
    private void Learn(CtrModel model, MemorySplit split, UpdateOptions options, CancellationToken cancellation)
    {
        observer.Stage(Stage, $"{entry.Name}: {options.Epochs} epochs of {split.RowCount:N0} new rows from the deployed weights");
        if (options.Epochs == 0) return;
        var training = new TrainingOptions { Epochs = options.Epochs, LearningRate = options.LearningRate, Seed = options.Seed!.Value, Tables = new() { LearningRate = options.LearningRate, L2 = manifest.Training.TableL2 } }.For(split.RowCount);
        using var learner = new Learner(model, training);
        var sampler = new BatchSampler(split, training.BatchSize, training.Seed);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            sampler.Seek(epoch, 0);
            var (loss, steps) = (0.0, 0L);
            while (sampler.TryNext(learner.Input.Batch))
            {
                cancellation.ThrowIfCancellationRequested();
                loss += learner.Step();
                steps++;
                observer.Step(new TrainingProgress(Stage, epoch + 1, options.Epochs, steps, sampler.BatchesPerEpoch, loss / steps, double.NegativeInfinity));
            }
        }

        learner.Tables.CatchUpAll();
        learner.CheckNumbers();
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
