using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim prepare: from a click log to prepared data.</summary>
internal static class PrepareCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("files") { Description = "files or globs (CSV, TSV, Parquet; .gz), or a folder of libfm splits with fields.tsv", Arity = ArgumentArity.OneOrMore };
        var schema = new Option<string?>("--schema") { Description = "YAML that names label and fields; docs/data.md describes it", HelpName = "FILE" };
        var valid = new Option<string[]>("--valid") { Description = "validation files, where they are given", HelpName = "FILES", AllowMultipleArgumentsPerToken = true };
        var test = new Option<string[]>("--test") { Description = "test files, where they are given", HelpName = "FILES", AllowMultipleArgumentsPerToken = true };
        var overwrite = new Option<bool>("--overwrite") { Description = "replace prepared data in the folder" };
        var guess = new Option<bool>("--guess") { Description = "print a first schema for the file instead" };
        var label = new Option<string?>("--label") { Description = "the label's column, for --guess", HelpName = "COLUMN" };
        var command = new Command("prepare", "Turn a click log into prepared data: vocabulary, splits, Arrow files.") { files, schema, valid, test, overwrite, guess, label };
        var onBadRow = new BadRowOption(command, "fail, skip or quarantine");
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, "set minCount or hash for the fields with most values, or name fewer fields in the schema");
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var sources = parse.GetValue(files)!;
            if (parse.GetValue(guess))
            {
                parse.InvocationConfiguration.Output.Write(SchemaFile.Write(SchemaGuess.Of(sources[0], parse.GetValue(label) ?? "")));
                return CommandHost.Success;
            }

            var options = new PrepareOptions
            {
                Files = sources,
                ValidFiles = parse.GetValue(valid) ?? [],
                TestFiles = parse.GetValue(test) ?? [],
                Schema = parse.GetValue(schema),
                Out = common.Place(parse, "data"),
                OnBadRow = onBadRow.Policy(parse),
                Overwrite = parse.GetValue(overwrite),
                Threads = common.Threads(parse),
                OnNote = common.Terminal(parse).Say,
            };
            using var budget = memory.Obey(parse, () => [("preparing", PreparationMemory.Estimate(options))]);
            Prepare(common.Terminal(parse), options, cancellation);
            return CommandHost.Success;
        }));
        return command;
    }

    /// <summary>Prepares with progress, and shows what came of it.</summary>
    public static void Prepare(Terminal terminal, PrepareOptions options, CancellationToken cancellation)
    {
        var manifest = terminal.WatchPreparation(progress => Preparation.Run(options, progress, cancellation));
        terminal.Write(Describe(manifest));
        foreach (var warning in manifest.Warnings) terminal.Write($"note: {warning}");
        if (manifest.BadRows > 0) terminal.Write($"note: {manifest.BadRows} bad rows were left out");
        terminal.WriteJson(() => JsonSerializer.Serialize(manifest, DataJson.Default.DataManifest));
        terminal.Write(options.Out);
    }

    public static Table Describe(DataManifest manifest)
    {
        var table = Tables.New("split", "rows", "positives", "fields", "table rows");
        foreach (var split in manifest.Splits)
        {
            table.AddRow(split.Name, Tables.Text($"{split.Rows:N0}"), Tables.Text($"{(double)split.Positives / split.Rows:P1}"), Tables.Text($"{manifest.Fields.Count}"), Tables.Text($"{manifest.Fields.Sum(field => field.Rows):N0}"));
        }

        return table;
    }
}
