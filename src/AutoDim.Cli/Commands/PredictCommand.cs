using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Export;

namespace AutoDim.Cli.Commands;

/// <summary>autodim predict: a probability per row, in the rows' order.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it" };
        var data = new Argument<string>("data") { Description = "raw file of the same schema (labels not needed), or prepared data" };
        var split = new Option<string>("--split") { Description = "of prepared data: train, valid or test", HelpName = "name", DefaultValueFactory = _ => "test" };
        var command = new Command("predict", "Write a probability per row to predictions.csv.") { model, data, split };
        var onBadRow = new BadRowOption(command, "fail or skip");
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, MemoryOption.ScoringAdvice);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            using var bad = new BadRows(onBadRow.Policy(parse), null);
            var terminal = common.Terminal(parse);
            using var pool = common.Pool(parse);
            var place = TrainedModel.Find(parse.GetValue(model)!);
            using var budget = memory.Obey(parse, () => [("predicting", ScoringMemory.Estimate(new ModelSize(place), pool, parse.GetValue(data)!, parse.GetValue(split)!, needsLabel: false))]);
            using var trained = TrainedModel.Load(place, pool);
            var (logits, _) = ScoredRows.Of(trained, parse.GetValue(data)!, parse.GetValue(split)!, bad);
            using var folder = common.Folder(parse, "predictions");
            var path = folder.File("predictions.csv");
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                writer.Write("probability\n");
                foreach (var logit in logits) writer.Write(string.Create(CultureInfo.InvariantCulture, $"{1 / (1 + Math.Exp(-logit)):R}\n"));
            });
            terminal.WriteJson(() => new JsonObject { ["rows"] = logits.Length, ["leftOut"] = bad.Count, ["predictions"] = path }.ToJsonString());
            foreach (var problem in bad.FirstProblems) terminal.Write($"note: left out: {problem}");
            if (bad.Count > 0) terminal.Write($"note: rows that could not be read and have no line in the predictions: {bad.Count:N0}");
            terminal.Write($"{logits.Length:N0} predictions\n{path}");
            return CommandHost.Success;
        }));
        return command;
    }
}
