using System.Diagnostics;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.Bench;

/// <summary>ML.NET's field-aware factorization machine beside our FM and FFM: the same rows, the same epochs, one after the other.</summary>
internal static class MlNetPeer
{
    public static void Compare(string folder, int epochs, int dim)
    {
        using var data = ClickData.Open(folder);
        if (data.Fields.Any(field => field.MultiValued)) throw new AutoDimException($"'{folder}' has multi-valued fields, which this comparison leaves out; prepare it without them");
        Console.WriteLine($"{data.Name}: {data.Train.RowCount:N0} training rows, {data.Fields.Count} fields, {epochs} epochs, dimension {dim}");
        Console.WriteLine("| engine | seconds | samples/s | test AUC |\n|---|---:|---:|---:|");
        Show("ML.NET field-aware factorization machine", data, epochs, () => MlNet(data, epochs, dim));
        Show("AutoDim fm", data, epochs, () => Ours(data, "fm", epochs, dim));
        Show("AutoDim ffm", data, epochs, () => Ours(data, "ffm", epochs, dim * data.Fields.Count));
    }

    private static void Show(string engine, ClickData data, int epochs, Func<(double Seconds, float[] Scores)> train)
    {
        var (seconds, scores) = train();
        var auc = Auc.Compute(scores, Labels.Of(data.Test));
        Console.WriteLine($"| {engine} | {seconds:F1} | {epochs * data.Train.RowCount / seconds:N0} | {auc:F4} |");
    }

    private static (double Seconds, float[] Scores) MlNet(ClickData data, int epochs, int dim)
    {
        var context = new MLContext(seed: 1);
        var names = Enumerable.Range(0, data.Fields.Count).Select(m => $"Field{m}").ToArray();
        var (train, test) = (Rows(context, data, data.Train, names), Rows(context, data, data.Test, names));
        var trainer = context.BinaryClassification.Trainers.FieldAwareFactorizationMachine(new Microsoft.ML.Trainers.FieldAwareFactorizationMachineTrainer.Options
        {
            FeatureColumnName = names[0],
            ExtraFeatureColumns = names[1..],
            LabelColumnName = "Label",
            LatentDimension = dim,
            NumberOfIterations = epochs,
            NormalizeFeatures = false,
        });
        var clock = Stopwatch.StartNew();
        var model = trainer.Fit(train);
        var seconds = clock.Elapsed.TotalSeconds;
        return (seconds, [.. model.Transform(test).GetColumn<float>("Score")]);
    }

    /// <summary>Each field as a sparse vector with a one in its row's place.</summary>
    private static IDataView Rows(MLContext context, ClickData data, DataSplit split, string[] names)
    {
        var rows = context.Data.LoadFromEnumerable(Read(data, split));
        IEstimator<ITransformer>? pipeline = null;
        for (var m = 0; m < names.Length; m++)
        {
            var (place, count) = (m, (int)data.Fields[m].Rows);
            var definition = SchemaDefinition.Create(typeof(FieldVector));
            var column = definition[nameof(FieldVector.Vector)];
            (column.ColumnName, column.ColumnType) = (names[m], new VectorDataViewType(NumberDataViewType.Single, count));
            var step = context.Transforms.CustomMapping<OneHotRow, FieldVector>((row, made) => made.Vector = new VBuffer<float>(count, 1, [1f], [(int)row.Keys[place]]), null, null, definition);
            pipeline = pipeline == null ? step : pipeline.Append(step);
        }

        return context.Data.Cache(pipeline!.Fit(rows).Transform(rows));
    }

    private static IEnumerable<OneHotRow> Read(ClickData data, DataSplit split)
    {
        using var batch = new Batch(data.Fields, 4096);
        var samples = new long[batch.Capacity];
        for (var first = 0L; first < split.RowCount; first += samples.Length)
        {
            var size = (int)Math.Min(samples.Length, split.RowCount - first);
            for (var i = 0; i < size; i++) samples[i] = first + i;
            split.Read(samples.AsSpan(0, size), batch);
            for (var i = 0; i < size; i++) yield return new OneHotRow { Label = batch.Labels[i] > 0, Keys = [.. batch.Columns[..data.Fields.Count].Select(column => column.Rows[i])] };
        }
    }

    private static (double Seconds, float[] Scores) Ours(ClickData data, string name, int epochs, int dim)
    {
        using var pool = WorkerPool.ForMachine();
        using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Uniform(data.Fields, dim), new ModelOptions { InitialDeviation = 0.01 }, 1, pool));
        var options = new TrainingOptions { BatchSize = 512, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };
        using var learner = new Learner(model, options);
        var sampler = new BatchSampler(data.Train, options.BatchSize, 1);
        var steps = epochs * ((data.Train.RowCount + options.BatchSize - 1) / options.BatchSize);
        var clock = Stopwatch.StartNew();
        for (var step = 0L; step < steps; step++)
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
        }

        var seconds = clock.Elapsed.TotalSeconds;
        return (seconds, learner.Score(data.Test));
    }
}

/// <summary>A sample as ML.NET reads it; public, as its generated code must see it.</summary>
public sealed class OneHotRow
{
    public bool Label { get; set; }

    /// <value>Each field's row.</value>
    [VectorType]
    public long[] Keys { get; set; } = [];
}

/// <summary>A field's one-hot vector.</summary>
public sealed class FieldVector
{
    [VectorType]
    public VBuffer<float> Vector { get; set; }
}
