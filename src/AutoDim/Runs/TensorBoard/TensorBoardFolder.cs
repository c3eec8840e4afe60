using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs.TensorBoard;

/// <summary>
/// metrics.jsonl once more, as TensorBoard reads it: tensorboard/ in the run's folder, a "run" of TensorBoard's for each stage. The files are made anew from
/// the lines that are there whenever a run goes on, and then grow with them, so that the two always say the same.
/// </summary>
internal sealed class TensorBoardFolder
{
    /// <summary>TensorBoard takes files whose names have "tfevents" in them.</summary>
    private const string FileName = "events.out.tfevents.0.autodim";

    private readonly string path;
    private readonly IReadOnlyList<Field> fields;
    private readonly SearchSpace? space;
    private readonly double learningRate;
    private readonly Dictionary<string, EventFile> files = [];

    /// <param name="fields">Of the data.</param>
    /// <param name="candidates">That a search chooses from; null where there is none.</param>
    /// <param name="learningRate">That training starts with.</param>
    public TensorBoardFolder(RunFolder folder, IReadOnlyList<Field> fields, IReadOnlyList<int>? candidates, double learningRate)
    {
        (path, this.fields, this.learningRate) = (folder.File("tensorboard"), fields, learningRate);
        space = candidates == null ? null : new SearchSpace(fields, candidates, separateTables: false);
    }

    /// <summary>Adds what a line of metrics.jsonl says.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(JsonObject line)
    {
        if ((string?)line["stage"] is not { Length: > 0 } stage) return;
        var summary = new EventMessage();
        if (line["probabilities"] is JsonArray probabilities && space != null) AddArchitecture(summary, line, probabilities, space);
        else AddEpoch(summary, line);
        FileOf(stage).Add((long)(line["epoch"] ?? line["step"])!, summary);
    }

    private void AddEpoch(EventMessage summary, JsonObject line)
    {
        Scalar(summary, "loss/train", line["loss"]);
        Scalar(summary, "loss/valid", line["validLogloss"]);
        Scalar(summary, "auc/valid", line["validAuc"]);
        Scalar(summary, "learning-rate", learningRate * (double?)line["rateFactor"]);
    }

    /// <summary>π of every candidate, the dimension that a field has on average by it, and a histogram of those.</summary>
    private void AddArchitecture(EventMessage summary, JsonObject line, JsonArray probabilities, SearchSpace space)
    {
        Scalar(summary, "loss/train", line["loss"]);
        Scalar(summary, "temperature", line["temperature"]);
        var dims = new double[fields.Count];
        for (var m = 0; m < dims.Length; m++)
        {
            var pi = probabilities[m]!.AsArray();
            for (var n = 0; n < pi.Count; n++)
            {
                Scalar(summary, $"alpha/{fields[m].Name}/{space.DimOf(m, n)}", pi[n]);
                dims[m] += (double)pi[n]! * space.DimOf(m, n);
            }

            Scalar(summary, $"dimension/{fields[m].Name}", dims[m]);
        }

        Histogram(summary, "dimensions", dims, [.. space.Candidates.Select(dim => (double)dim)]);
    }

    /// <summary>Summary.Value: tag 1, simple_value 2.</summary>
    private static void Scalar(EventMessage summary, string tag, JsonNode? number)
    {
        if (number == null) return;
        var value = new EventMessage();
        value.Text(1, tag);
        value.Single(2, (float)(double)number);
        summary.Message(1, value);
    }

    /// <summary>Summary.Value: tag 1, histo 5; a HistogramProto has min, max, num, sum, sum_squares, bucket_limit and bucket: 1 to 7.</summary>
    /// <param name="limits">Upper ends of the buckets, ascending.</param>
    private static void Histogram(EventMessage summary, string tag, double[] numbers, double[] limits)
    {
        var histogram = new EventMessage();
        histogram.Double(1, numbers.Min());
        histogram.Double(2, numbers.Max());
        histogram.Double(3, numbers.Length);
        histogram.Double(4, numbers.Sum());
        histogram.Double(5, numbers.Sum(number => number * number));
        histogram.Doubles(6, limits);
        histogram.Doubles(7, [.. limits.Select((limit, n) => (double)numbers.Count(number => number <= limit && (n == 0 || number > limits[n - 1])))]);
        var value = new EventMessage();
        value.Text(1, tag);
        value.Message(5, histogram);
        summary.Message(1, value);
    }

    private EventFile FileOf(string stage)
    {
        if (files.TryGetValue(stage, out var file)) return file;
        var folder = Path.Combine(path, stage);
        Directory.CreateDirectory(folder);
        return files[stage] = new EventFile(Path.Combine(folder, FileName));
    }
}
