using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Reports;
using AutoDim.Runs;
using AutoDim.Updating;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim update: a saved model trained on, on new days.</summary>
internal static class UpdateCommand
{
    public static Command Create()
    {
        var defaults = new UpdateOptions();
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it" };
        var data = new Option<string[]>("--data") { Description = "new raw files of the model's schema, with labels, oldest rows first", HelpName = "FILES", Required = true, AllowMultipleArgumentsPerToken = true };
        var budget = new Option<string?>("--budget") { Description = "most deployed embedding bytes: 64MB, or 90% of the model's (default: as many as it has)", HelpName = "SIZE" };
        var epochs = new Option<int>("--epochs") { Description = "passes over the new rows", HelpName = "number", DefaultValueFactory = _ => defaults.Epochs };
        var rate = new Option<double>("--learning-rate") { Description = "of tables and dense weights; above 0, at most 10", HelpName = "number", DefaultValueFactory = _ => defaults.LearningRate };
        var minCount = new Option<int?>("--min-count") { Description = "new values must occur so often to have a row (default: as the schema says)", HelpName = "COUNT" };
        var heldOut = new Option<double>("--held-out") { Description = "share of the new rows, the last ones, that is not learned and tells what was gained; above 0, below 1", HelpName = "share", DefaultValueFactory = _ => defaults.HeldOut };
        var seed = new Option<ulong?>("--seed") { Description = "order of the new rows (default: the model's)", HelpName = "number" };
        var dryRun = new Option<bool>("--dry-run") { Description = "tell what would be admitted and evicted, and make nothing" };
        var command = new Command("update", "Train a saved model on, on new data, within its bytes.") { model, data, budget, epochs, rate, minCount, heldOut, seed, dryRun };
        var onBadRow = new BadRowOption(command, "fail or skip");
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, "give fewer new rows at a time, or train a smaller model on all rows");
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            using var bad = new BadRows(onBadRow.Policy(parse), null);
            var terminal = common.Terminal(parse);
            var options = new UpdateOptions { Budget = parse.GetValue(budget), Epochs = parse.GetValue(epochs), LearningRate = parse.GetValue(rate), MinCount = parse.GetValue(minCount), HeldOut = parse.GetValue(heldOut), Seed = parse.GetValue(seed) };
            options.Check();
            using var pool = common.Pool(parse);
            var place = TrainedModel.Find(parse.GetValue(model)!);
            using var limit = memory.Obey(parse, () => [("updating", UpdateMemory.Estimate(new ModelSize(place), pool, parse.GetValue(data)!))]);
            using var folder = parse.GetValue(dryRun) ? null : common.Folder(parse, $"{ModelManifest.Load(place).Model}-updated"); // before the model is read: another command may be about to replace it
            using var trained = TrainedModel.Load(place, pool);
            var cells = trained.ReadCells(parse.GetValue(data)!, needsLabel: true, bad);
            if (bad.Count > 0) terminal.Write($"note: rows that could not be read and are left out: {bad.Count:N0}");
            Show(terminal, terminal.Watch(observer => new UpdateJob(trained, pool, observer).Execute(cells, options, folder, cancellation)));
            if (folder != null) terminal.Write(folder.Path);
            return CommandHost.Success;
        }, resumes: true));
        return command;
    }

    private static void Show(Terminal terminal, UpdateResult result)
    {
        var table = Tables.New("field", "rows", "admitted", "evicted", "left out");
        foreach (var field in result.Fields) table.AddRow(Markup.Escape(field.Field), Tables.Text($"{field.RowsBefore:N0} → {field.RowsAfter:N0}"), Tables.Text($"{field.Admitted:N0}"), Tables.Text($"{field.Evicted:N0}"), Tables.Text($"{field.LeftOut:N0}"));
        terminal.Write(table);
        terminal.Write(Tables.Text($"embeddings: {result.BytesBefore:N0} → {result.BytesAfter:N0} bytes, of {result.Budget:N0} allowed ({ByteSize.Show(result.Budget)})"));
        if (result is { Unlearned: { } unlearned, HeldOut: { } tail })
        {
            terminal.Write(Tables.Text($"{result.RowsLearned:N0} new rows, before they were learned: AUC {unlearned.Auc:F5}, logloss {unlearned.LogLoss:F5}"));
            terminal.Write(Tables.Text($"{result.RowsHeldOut:N0} rows held out: AUC {tail.Before.Auc:F5} → {tail.After.Auc:F5}, {ComparisonSummary.Signed(tail.AucDelta)} ({ComparisonSummary.Signed(tail.AucDeltaInterval[0])} to {ComparisonSummary.Signed(tail.AucDeltaInterval[1])}); logloss {tail.Before.LogLoss:F5} → {tail.After.LogLoss:F5}; mean prediction / base rate {tail.Before.Calibration:F3} → {tail.After.Calibration:F3}"));
        }

        terminal.WriteJson(() => JsonSerializer.Serialize(result, UpdateJson.Default.UpdateResult));
    }
}
