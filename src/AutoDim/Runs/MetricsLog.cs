using System.Text.Json.Nodes;
using AutoDim.Data;
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
    private readonly HashSet<string> written = [];
    private string stage = "";

    public MetricsLog(RunFolder folder, RunObserver next)
    {
        path = folder.File(Name);
        this.next = next;
        if (!File.Exists(path)) return;
        var text = File.ReadAllText(path);
        var whole = text.LastIndexOf('\n') + 1;
        foreach (var line in text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries)) written.Add(Key(JsonNode.Parse(line)!.AsObject()));
        if (whole < text.Length) AtomicFile.WriteText(path, text[..whole]); // a kill cut the last line short
    }

    /// <summary>A training's validation AUC, epoch by epoch, as far as it was noted.</summary>
    public static IReadOnlyList<double> ValidAucs(RunFolder folder, string stage)
    {
        var path = folder.File(Name);
        if (!File.Exists(path)) return [];
        return [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!.AsObject()).Where(line => (string?)line["stage"] == stage && line["epoch"] != null).Select(line => (double)line["validAuc"]!)];
    }

    public override void Stage(string stage, string description)
    {
        this.stage = stage;
        next.Stage(stage, description);
    }

    public override void Step(TrainingProgress progress) => next.Step(progress);

    public override void Measured(int done, int total) => next.Measured(done, total);

    public override void Note(string text) => next.Note(text);

    public override void Epoch(EpochResult epoch)
    {
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
        Append(new JsonObject
        {
            ["stage"] = stage,
            ["step"] = point.Step,
            ["temperature"] = point.Temperature,
            ["probabilities"] = new JsonArray([.. point.Probabilities.Select(pi => (JsonNode)new JsonArray([.. pi.Select(p => (JsonNode)Math.Round(p, 6))]))]),
        });
        next.Architecture(point);
    }

    private static string Key(JsonObject line) => $"{line["stage"]} {line["epoch"] ?? line["step"]}";

    private void Append(JsonObject line)
    {
        if (!written.Add(Key(line)) || !AtomicFile.Ranks.IsFirst) return;
        try
        {
            File.AppendAllText(path, line.ToJsonString() + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write '{path}': {exception.Message}; check that the folder is writable and the disk has room", exception);
        }
    }
}
