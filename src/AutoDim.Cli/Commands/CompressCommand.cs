using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Reports;
using AutoDim.Runs;
using AutoDim.Settings;
using AutoDim.Training;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim compress: a saved model, or another program's tables, made smaller without training.</summary>
internal static class CompressCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it; or another program's tables: a .safetensors or .npz file" };
        var to = new Option<string>("--to") { Description = "most deployed embedding bytes: 64MB, or 5% of the model's; of tables, most bytes of their file", HelpName = "SIZE", Required = true };
        var data = new Option<string?>("--data") { Description = "prepared data of the model: choices are made by its validation AUC, and rare values may share a row; without it by squared error", HelpName = "FOLDER" };
        var storages = new Option<string[]>("--storages") { Description = "how rows may be kept: some of float32, float16, float8, int8, int4, int3, int2", HelpName = "LIST", DefaultValueFactory = _ => ["float16,int8,int4"], AllowMultipleArgumentsPerToken = true };
        var epochs = new Option<int>("--fine-tune") { Description = "most epochs of training from the shrunk weights, 0 to 10000; 0: none. Needs --data", HelpName = "EPOCHS", DefaultValueFactory = _ => 0 };
        var rate = new Option<double>("--learning-rate") { Description = "of fine-tuning; above 0, at most 10", HelpName = "number", DefaultValueFactory = _ => 3e-4 };
        var distillation = new Option<double>("--distillation") { Description = "of fine-tuning: share of the model's own predictions in the labels, 0 to 1; 0: labels alone", HelpName = "number", DefaultValueFactory = _ => 0.5 };
        var tables = new Option<string[]>("--tables") { Description = "of another program's file: the arrays that are tables; left out: matrices of 256 rows or more, and 4 for each dimension", HelpName = "NAMES", AllowMultipleArgumentsPerToken = true };
        var test = new Option<bool>("--test") { Description = "read the test split too, once the smaller model is made" };
        var command = new Command("compress", "Make a saved model, or another program's tables, smaller without training.") { model, to, data, storages, tables, epochs, rate, distillation, test };
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, "leave out --fine-tune or --data; of other programs' tables, name fewer at a time with --tables");
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var terminal = common.Terminal(parse);
            if (parse.GetValue(test) && parse.GetValue(data) == null) throw new AutoDimException("--test needs --data, whose test split it reads");
            if (parse.GetValue(epochs) is < 0 or > 10_000) throw new AutoDimException($"--fine-tune is {parse.GetValue(epochs)}, expected 0 to 10000 epochs");
            if (parse.GetValue(epochs) > 0 && parse.GetValue(data) == null) throw new AutoDimException("--fine-tune needs --data to train on");
            if (parse.GetValue(rate) is not (> 0 and <= 10)) throw new AutoDimException(FormattableString.Invariant($"--learning-rate is {parse.GetValue(rate)}, expected above 0, at most 10"));
            if (parse.GetValue(distillation) is not (>= 0 and <= 1)) throw new AutoDimException(FormattableString.Invariant($"--distillation is {parse.GetValue(distillation)}, expected 0 to 1"));
            var training = new TrainingOptions { Epochs = parse.GetValue(epochs), LearningRate = parse.GetValue(rate), Tables = new() { LearningRate = parse.GetValue(rate) } };
            static string[] Listed(string[]? lists) => [.. (lists ?? []).SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            var kept = MethodPlans.Storages(Listed(parse.GetValue(storages)));
            if (ArrayFile.IsName(parse.GetValue(model)!))
            {
                if (parse.GetValue(data) != null) throw new AutoDimException("--data goes with a model of ours, whose values the data has; tables alone are compressed by squared error: leave it out");
                return CompressTables(parse.GetValue(model)!, parse.GetValue(to)!, Listed(parse.GetValue(tables)), kept, terminal, common, memory, parse, cancellation);
            }

            if (parse.GetResult(tables) != null) throw new AutoDimException("--tables goes with another program's file, such as tables.safetensors; a model's tables are all compressed: leave it out");
            using var pool = common.Pool(parse);
            var place = TrainedModel.Find(parse.GetValue(model)!);
            using var limit = memory.Obey(parse, () => [("compressing", CompressMemory.Estimate(new ModelSize(place), pool, parse.GetValue(data) is { } source ? DataManifest.Load(source) : null, training.Epochs > 0 ? training : null))]);
            using var folder = common.Folder(parse, $"{ModelManifest.Load(place).Model}-compressed"); // before the model is read: another command may be about to replace it
            using var trained = TrainedModel.Load(place, pool);
            using var clicks = parse.GetValue(data) is { } prepared ? ClickData.Open(prepared) : null;
            var result = terminal.Watch(observer => new CompressJob(trained, clicks, pool, observer).Execute(parse.GetValue(to)!, kept, folder, training.Epochs > 0 ? training : null, parse.GetValue(distillation), parse.GetValue(test), cancellation));
            Show(terminal, result);
            terminal.Write(folder.Path);
            return CommandHost.Success;
        }));
        return command;
    }

    private static int CompressTables(string path, string budget, string[] names, RowStorage[] storages, Terminal terminal, CommonOptions common, MemoryOption memory, ParseResult parse, CancellationToken cancellation)
    {
        using var file = ArrayFile.Open(path);
        using var pool = common.Pool(parse);
        using var limit = memory.Obey(parse, () => [("compressing", new CompressTablesJob(file, pool, new RunObserver()).Estimate(budget, names))]);
        using var folder = common.Folder(parse, "tables-compressed");
        var result = terminal.Watch(observer => new CompressTablesJob(file, pool, observer).Execute(budget, names, storages, ArrayFile.IsNumpy(path), folder, cancellation));
        var table = Tables.New("table", "rows", "dimension", "storage", "bytes", "squared error", "of variance");
        foreach (var item in result.Tables)
        {
            table.AddRow(Markup.Escape(item.Name), Change(item.Rows, item.StoredRows), Change(item.Dim, item.StoredDim), item.Groups > 0 ? $"{item.Groups} codes" : item.Kept > 0 ? FormattableString.Invariant($"{SettingText.Write(item.Storage)}, {item.Kept:N0} numbers") : SettingText.Write(item.Storage),
                $"{ByteSize.Show(item.BytesBefore)} → {ByteSize.Show(item.BytesAfter)}", Tables.Text($"{item.SquaredError:G3}"), Tables.Text($"{(item.Variance > 0 ? item.SquaredError / item.Variance : 0):P1}"));
        }

        terminal.Write(table);
        terminal.Write(Tables.Text($"tables: {ByteSize.Show(result.BytesBefore)} → {ByteSize.Show(result.BytesAfter)}, {(double)result.BytesBefore / result.BytesAfter:F1} times smaller; {result.File} and tables.json, read by samples/python/read_tables.py"));
        terminal.WriteJson(() => JsonSerializer.Serialize(result, CompressTablesJson.Default.CompressedTables));
        terminal.Write(folder.Path);
        return CommandHost.Success;
    }

    private static void Show(Terminal terminal, CompressResult result)
    {
        var table = Tables.New("field", "rows", "dimension", "storage", "bytes", result.Valid == null ? "squared error" : "AUC lost");
        foreach (var field in result.Fields)
        {
            table.AddRow(Markup.Escape(field.Field), Change(field.RowsBefore, field.RowsAfter), Change(field.DimBefore, field.DimAfter), SettingText.Write(field.Storage),
                $"{ByteSize.Show(field.BytesBefore)} → {ByteSize.Show(field.BytesAfter)}", Tables.Text($"{field.Loss:G2}"));
        }

        terminal.Write(table);
        terminal.Write(Tables.Text($"embeddings: {ByteSize.Show(result.BytesBefore)} → {ByteSize.Show(result.BytesAfter)}, {(double)result.BytesBefore / result.BytesAfter:F1} times smaller"));
        foreach (var (split, scored) in ((string, BeforeAndAfter?)[])[("validation", result.Valid), ("test", result.Test)])
        {
            if (scored != null) terminal.Write(Tables.Text($"{split} AUC: {scored.Before.Auc:F5} → {scored.After.Auc:F5}, {ComparisonSummary.Signed(scored.AucDelta)} ({ComparisonSummary.Signed(scored.AucDeltaInterval[0])} to {ComparisonSummary.Signed(scored.AucDeltaInterval[1])}); logloss {scored.Before.LogLoss:F5} → {scored.After.LogLoss:F5}"));
        }

        terminal.WriteJson(() => JsonSerializer.Serialize(result, CompressJson.Default.CompressResult));
    }

    private static string Change(long before, long after) => before == after ? Tables.Text($"{after:N0}") : Tables.Text($"{before:N0} → {after:N0}");
}
