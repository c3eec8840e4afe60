using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Evaluation;
using AutoDim.Export;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim evaluate: a saved model on labelled rows.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it" };
        var data = new Argument<string>("data") { Description = "prepared data, or a raw file of the same schema with labels" };
        var split = new Option<string>("--split") { Description = "of prepared data: train, valid or test", HelpName = "name", DefaultValueFactory = _ => "test" };
        var command = new Command("evaluate", "AUC, logloss and calibration of a saved model.") { model, data, split };
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, MemoryOption.ScoringAdvice);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var terminal = common.Terminal(parse);
            using var pool = common.Pool(parse);
            var place = TrainedModel.Find(parse.GetValue(model)!);
            using var budget = memory.Obey(parse, () => [("evaluating", ScoringMemory.Estimate(new ModelSize(place), pool, parse.GetValue(data)!, parse.GetValue(split)!, needsLabel: true))]);
            using var trained = TrainedModel.Load(place, pool);
            using var bad = new BadRows(BadRowPolicy.Fail, null);
            var (logits, labels) = ScoredRows.Of(trained, parse.GetValue(data)!, parse.GetValue(split)!, bad, needsLabel: true);
            var evaluation = new Evaluation(Metrics.Compute(logits, labels), CalibrationBin.Table(logits, labels));
            Show(terminal, evaluation);
            if (common.Out(parse) != null)
            {
                using var folder = common.Folder(parse, "evaluation");
                AtomicFile.WriteText(folder.File("evaluation.json"), JsonSerializer.Serialize(evaluation, EvaluationJson.Default.Evaluation));
                terminal.Write(folder.Path);
            }

            return CommandHost.Success;
        }));
        return command;
    }

    private static void Show(Terminal terminal, Evaluation evaluation)
    {
        var metrics = evaluation.Metrics;
        var table = Tables.New("rows", "AUC", "logloss", "normalised entropy", "mean prediction / base rate", "base rate");
        table.AddRow(Tables.Text($"{metrics.Count:N0}"), Tables.Text($"{metrics.Auc:F5}"), Tables.Text($"{metrics.LogLoss:F5}"), Tables.Text($"{metrics.NormalizedEntropy:F4}"), Tables.Text($"{metrics.Calibration:F3}"), Tables.Text($"{metrics.BaseRate:F4}"));
        terminal.Write(table);
        if (metrics.Warning is { } warning) terminal.Write($"note: {warning}");
        terminal.WriteJson(() => JsonSerializer.Serialize(evaluation, EvaluationJson.Default.Evaluation));
    }
}

/// <summary>evaluation.json.</summary>
internal sealed record Evaluation(Metrics Metrics, IReadOnlyList<CalibrationBin> CalibrationBins);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Evaluation))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
