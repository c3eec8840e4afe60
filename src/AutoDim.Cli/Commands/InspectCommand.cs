using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Graphs;
using AutoDim.Models;
using AutoDim.Reports;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim inspect: what a folder or file of ours holds.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "prepared data, a model, an exported model, a run, or a plan.json" };
        var verify = new Option<bool>("--verify") { Description = "compare every file of prepared data or an exported model with its checksum, and score an exported model's golden rows" };
        var command = new Command("inspect", "Show what prepared data, a plan, a model or a run holds.") { path, verify };
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var terminal = common.Terminal(parse);
            var place = parse.GetValue(path)!;
            if (File.Exists(Path.Combine(place, DataManifest.Name))) ShowData(terminal, place, parse.GetValue(verify));
            else if (File.Exists(Path.Combine(place, "result.json"))) ShowRun(terminal, place);
            else if (File.Exists(Path.Combine(place, ModelManifest.Name))) ShowModel(terminal, place);
            else if (File.Exists(Path.Combine(place, ExportManifest.Name))) ShowExport(terminal, place, parse.GetValue(verify));
            else if (File.Exists(place)) ShowPlan(terminal, place);
            else throw new AutoDimException($"'{place}' holds nothing that autodim made: no {DataManifest.Name}, no result.json, no {ModelManifest.Name}, and is no plan");
            return CommandHost.Success;
        }));
        return command;
    }

    private static void ShowData(Terminal terminal, string folder, bool verify)
    {
        if (verify) ClickData.Verify(folder);
        var manifest = DataManifest.Load(folder);
        terminal.Write(PrepareCommand.Describe(manifest));
        var table = Tables.New("field", "table rows", "values", "vocabulary bytes");
        foreach (var field in manifest.Fields) table.AddRow(Markup.Escape(field.Name), Tables.Text($"{field.Rows:N0}"), field.MultiValued ? "any number" : "one", Tables.Text($"{field.VocabularyBytes:N0}"));
        foreach (var field in manifest.Fields)
        {
            foreach (var sequence in field.Sequences ?? []) table.AddRow(Markup.Escape(sequence.Name), Tables.Text($"those of {field.Name}"), Tables.Text($"up to {sequence.Length:N0}"), "");
        }

        terminal.Write(table);
        terminal.Write($"fingerprint {manifest.Fingerprint}, from {string.Join(", ", manifest.Sources)}");
        foreach (var warning in manifest.Warnings) terminal.Write($"note: {warning}");
        terminal.WriteJson(() => JsonSerializer.Serialize(manifest, DataJson.Default.DataManifest));
    }

    private static void ShowRun(Terminal terminal, string folder)
    {
        var path = Path.Combine(folder, "result.json");
        if (RunResult.Load(path) is { } result)
        {
            terminal.Write(Tables.Variants(result));
            terminal.Write(Tables.Plan(result.Plan));
            terminal.Write(RunSummary.Sentence(result));
            foreach (var warning in RunSummary.Warnings(result)) terminal.Write($"note: {warning}");
        }
        else
        {
            ShowModel(terminal, TrainedModel.Find(folder));
        }

        terminal.WriteJson(() => File.ReadAllText(path));
    }

    private static void ShowModel(Terminal terminal, string folder)
    {
        var manifest = ModelManifest.Load(folder);
        Describe(terminal, manifest);
        terminal.WriteJson(() => JsonSerializer.Serialize(manifest, ModelJson.Default.ModelManifest));
    }

    private static void ShowExport(Terminal terminal, string folder, bool verify)
    {
        var manifest = ExportManifest.Load(folder);
        if (verify) terminal.Write($"every file is whole; golden rows' log-odds differ by {ModelExport.Verify(folder, ExportCommand.FormatOf(manifest.Format)):G2} at most");
        Describe(terminal, manifest.Model);
        foreach (var input in manifest.Inputs) terminal.Write($"input {input.Name}: {Taken(input)}");
        terminal.WriteJson(() => JsonSerializer.Serialize(manifest, ExportJson.Default.ExportManifest));
    }

    private static string Taken(ExportInput input) => input.RawType switch
    {
        null => $"rows 0 to {input.Rows - 1:N0}{(input.IsPadded ? ", any number a sample, padded with -1" : "")}",
        GraphType.Text => $"texts, of which {input.Rows:N0} rows are made{(input.IsPadded ? ", any number a sample, padded with empty ones" : "")}",
        GraphType.Float64 => $"numbers, of which {input.Rows:N0} rows are made; NaN where one is missing",
        _ => $"ids, of which {input.Rows:N0} rows are made",
    };

    private static void Describe(Terminal terminal, ModelManifest manifest)
    {
        terminal.Write(Tables.Plan(PlanRow.Of(manifest.Plan)));
        terminal.Write(Tables.Text($"{manifest.Model}{FromVectors(ModelCatalog.Find(manifest.Model).ReadsFirstOrder(manifest.Options))}, hidden {string.Join(" × ", manifest.Options.Hidden)}, seed {manifest.Training.Seed}, table L2 {manifest.Training.TableL2:G3}{Taught(manifest.Training.Distillation)}, {manifest.Training.Steps} steps, valid AUC {manifest.Training.ValidAuc:F5}; data {manifest.Data}"));
    }

    private static string FromVectors(bool reads) => reads ? ", first order from the vectors" : "";

    private static string Taught(double share) => share == 0 ? "" : $", {share:P0} of its labels a teacher's";

    private static void ShowPlan(Terminal terminal, string path)
    {
        var plan = PlanFile.Read(path);
        terminal.Write(Tables.Plan(plan.Fields.Select(entry => new PlanRow(entry.Field, entry.Rows, entry.Dim, entry.Bytes) { MinCount = entry.MinCount, Form = entry.Form })));
        terminal.Write($"by {plan.Method}{FromVectors(plan.ReadsFirstOrder)}");
        terminal.WriteJson(() => File.ReadAllText(path));
    }
}
