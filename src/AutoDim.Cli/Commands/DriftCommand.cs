using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Reports;
using AutoDim.Updating;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim drift: new data beside what a model was made on.</summary>
internal static class DriftCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it" };
        var data = new Option<string[]>("--data") { Description = "new raw files of the model's schema, with labels", HelpName = "FILES", Required = true, AllowMultipleArgumentsPerToken = true };
        var command = new Command("drift", "Whether new data still fits a model: fine, update, or search again.") { model, data };
        var onBadRow = new BadRowOption(command, "fail or skip");
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, MemoryOption.ScoringAdvice);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            using var bad = new BadRows(onBadRow.Policy(parse), null);
            var terminal = common.Terminal(parse);
            using var pool = common.Pool(parse);
            var (folder, files) = (parse.GetValue(model)!, parse.GetValue(data)!);
            var found = TrainedModel.Find(folder);
            using var budget = memory.Obey(parse, () => [("comparing", DriftMemory.Estimate(new ModelSize(found), pool, files))]);
            using var trained = TrainedModel.Load(found, pool);
            var result = DriftCheck.Of(trained, trained.ReadCells(files, needsLabel: false, bad));
            result = result with { Next = Next(result.Verdict, folder, files) };
            if (bad.Count > 0) terminal.Write($"note: rows that could not be read and are left out: {bad.Count:N0}");
            Show(terminal, result);
            if (common.Out(parse) != null)
            {
                using var place = common.Folder(parse, "drift");
                AtomicFile.WriteText(place.File("drift.json"), JsonSerializer.Serialize(result, DriftJson.Default.DriftResult));
                terminal.Write(place.Path);
            }

            return CommandHost.Success;
        }));
        return command;
    }

    private static void Show(Terminal terminal, DriftResult result)
    {
        var table = Tables.New("field", "stability index", "by chance", "unseen", "missing");
        foreach (var field in result.Fields)
        {
            table.AddRow(Markup.Escape(field.Field), field.Psi is { } psi ? Tables.Text($"{psi:F3}") : "", field.PsiChance is { } chance ? Tables.Text($"{chance:F3}") : "",
                Change(field.UnseenBefore, field.UnseenNow), Change(field.MissingBefore, field.MissingNow));
        }

        terminal.Write(table);
        if (result.Now is { } now)
        {
            var (metrics, before) = (now.Metrics, result.Before?.Metrics);
            var interval = result.AucDelta is { } delta ? Tables.Text($", {ComparisonSummary.Signed(delta)} ({ComparisonSummary.Signed(result.AucDeltaInterval[0])} to {ComparisonSummary.Signed(result.AucDeltaInterval[1])})") : "";
            terminal.Write(Tables.Text($"AUC: {Former(before?.Auc)}{metrics.Auc:F5}{interval}; logloss {Former(before?.LogLoss)}{metrics.LogLoss:F5}; mean prediction / base rate {Former(before?.Calibration)}{metrics.Calibration:F3}"));
        }

        foreach (var note in result.Notes) terminal.Write($"note: {note}");
        foreach (var reason in result.Reasons) terminal.Write($"- {reason}");
        terminal.Write($"verdict: {result.Verdict}");
        if (result.Next.Length > 0) terminal.Write($"next: {result.Next}");
        terminal.WriteJson(() => JsonSerializer.Serialize(result, DriftJson.Default.DriftResult));
    }

    private static string Next(string verdict, string model, string[] files) => verdict switch
    {
        DriftResult.Update => $"autodim update {model} --data {string.Join(' ', files)}",
        DriftResult.SearchAgain => $"autodim prepare the log with the new rows, then: autodim search PREPARED --from {model}",
        _ => "",
    };

    private static string Former(double? number) => number is { } before ? Tables.Text($"{before:F5} → ") : "";

    private static string Change(double? before, double? now) => now is not { } share ? "" : before is { } former ? Tables.Text($"{former:P1} → {share:P1}") : Tables.Text($"{share:P1}");
}
