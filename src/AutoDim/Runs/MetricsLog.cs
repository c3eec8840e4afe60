using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Runs.TensorBoard;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Writes metrics.jsonl, a line per epoch and per noted state of α, and passes everything on. What a resumed run does over again, since
/// its last checkpoint, is already there and not written twice.
/// </summary>
internal sealed class MetricsLog : RunObserver
{
    private const string Name = "metrics.jsonl";

    private readonly string path;
    private readonly RunObserver next;
    private readonly TensorBoardFolder? tensorboard;
    private readonly HashSet<string> written = [];
    private readonly Lock reporting = new(); // trainings side by side report here, and what is told next hears one at a time
    private string stage = "";

    /// <param name="tensorboard">Where every line goes too; null: nowhere.</param>
    public MetricsLog(RunFolder folder, RunObserver next, TensorBoardFolder? tensorboard = null)
    {
        path = folder.File(Name);
        this.next = next;
        this.tensorboard = tensorboard;
        if (!File.Exists(path)) return;
        var text = File.ReadAllText(path);
        var whole = text.LastIndexOf('\n') + 1;
        foreach (var line in Lines(path, text[..whole]))
        {
            written.Add(Key(line));
            Show(line);
        }

        if (whole < text.Length) AtomicFile.WriteText(path, text[..whole]); // a kill cut the last line short
    }

    /// <summary>A training's validation AUC, epoch by epoch, as far as it was noted.</summary>
    public static IReadOnlyList<double> ValidAucs(RunFolder folder, string stage)
    {
        var path = folder.File(Name);
        if (!File.Exists(path)) return [];
        return [.. Lines(path, File.ReadAllText(path)).Where(line => (string?)line["stage"] == stage && line["epoch"] != null).Select(line => (double)line["validAuc"]!)];
    }

    public override void Stage(string stage, string description)
    {
        using var one = reporting.EnterScope();
        this.stage = stage;
        next.Stage(stage, description);
    }

    public override void Step(TrainingProgress progress)
    {
        using var one = reporting.EnterScope();
        next.Step(progress);
    }

    public override void Measured(int done, int total)
    {
        using var one = reporting.EnterScope();
        next.Measured(done, total);
    }

    public override void Note(string text)
    {
        using var one = reporting.EnterScope();
        next.Note(text);
    }

    public override void Epoch(EpochResult epoch)
    {
        using var one = reporting.EnterScope();
        Append(new JsonObject
        {
            ["stage"] = epoch.Stage,
            ["epoch"] = epoch.Epoch,
            ["loss"] = epoch.Loss,
            ["validAuc"] = epoch.ValidAuc,
            ["validLogloss"] = epoch.ValidLogLoss,
            ["rateFactor"] = epoch.RateFactor,
        });
        next.Epoch(epoch);
    }

    public override void Architecture(ArchitecturePoint point)
    {
        using var one = reporting.EnterScope();
        Append(new JsonObject
        {
            ["stage"] = stage,
            ["step"] = point.Step,
            ["temperature"] = point.Temperature,
            ["loss"] = point.Loss,
            ["probabilities"] = new JsonArray([.. point.Probabilities.Select(pi => (JsonNode)new JsonArray([.. pi.Select(p => (JsonNode)Math.Round(p, 6))]))]),
        });
        next.Architecture(point);
    }

    private static IEnumerable<JsonObject> Lines(string path, string text)
    {
        foreach (var (number, line) in text.Split('\n').Index().Where(line => line.Item.Length > 0))
        {
            JsonObject? parsed;
            try
            {
                parsed = JsonNode.Parse(line) as JsonObject;
                _ = parsed?.Count; // names given twice are found here
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException)
            {
                parsed = null;
            }

            yield return parsed ?? throw new AutoDimException($"'{path}', line {number + 1} is damaged: it is no JSON object; take the line out");
        }
    }

    private static string Key(JsonObject line) => $"{line["stage"]} {line["epoch"] ?? line["step"]}";

    private void Append(JsonObject line)
    {
        if (!written.Add(Key(line)) || !AtomicFile.Ranks.IsFirst) return;
        Show(line);
        try
        {
            using var stream = new FileStream(path, FileMode.Append);
            stream.Write(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"));
            stream.Flush(flushToDisk: true); // a checkpoint that is on disk has its lines there
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write '{path}': {Reason.Of(exception)}; check that the folder is writable and the disk has room", exception);
        }
    }

    private void Show(JsonObject line)
    {
        if (tensorboard == null || !AtomicFile.Ranks.IsFirst) return;
        try
        {
            tensorboard.Add(line);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write TensorBoard's files beside '{path}': {Reason.Of(exception)}; make room, or leave --tensorboard out", exception);
        }
    }
}
