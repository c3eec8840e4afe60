using System.Text.Json.Nodes;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Writes metrics.jsonl, a line per epoch and per noted state of α, and passes everything on.</summary>
internal sealed class MetricsLog(RunFolder folder, RunObserver next) : RunObserver
{
    private readonly string path = folder.File("metrics.jsonl");

    public override void Stage(string stage, string description) => next.Stage(stage, description);

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
            ["stage"] = "search",
            ["step"] = point.Step,
            ["temperature"] = point.Temperature,
            ["probabilities"] = new JsonArray([.. point.Probabilities.Select(pi => (JsonNode)new JsonArray([.. pi.Select(p => (JsonNode)Math.Round(p, 6))]))]),
        });
        next.Architecture(point);
    }

    private void Append(JsonObject line)
    {
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
