using System.CommandLine;
using System.Text.Json.Nodes;
using AutoDim.Cli.Benchmarks;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Settings;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim models: what --model takes, the options that each model reads, and how many parameters it has on some data.</summary>
internal static class ModelsCommand
{
    private const string Example = "frappe-like";

    public static Command Create()
    {
        var folder = new Option<string?>("--data") { Description = $"folder that autodim prepare made, to count parameters for; without it, {Shape(Workload.BuiltIn[Example].Fields)} as of the frappe data", HelpName = "FOLDER" };
        var dim = new Option<int>("--dim") { Description = "dimension of every field, 1 to 1024", HelpName = "number", DefaultValueFactory = _ => Workload.BuiltIn[Example].EmbeddingDim };
        var command = new Command("models", "List the models, the options that each reads, and their parameters.") { folder, dim };
        var settings = new SettingOptions<ModelOptions>(command);
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            if (parse.GetValue(dim) is var width && width is < 1 or > 1024) throw new AutoDimException($"--dim is {width}, expected 1 to 1024");
            var options = settings.Build(parse);
            var fields = parse.GetValue(folder) is { } path ? FieldsOf(path) : Workload.BuiltIn[Example].Fields;
            var rows = ModelCatalog.All.Select(entry => (Entry: entry, Options: OptionsOf(entry.Name), Parameters: Count(entry, fields, width, options))).ToArray();
            var terminal = common.Terminal(parse);
            var table = Tables.New("model", "parameters", "what it is");
            table.Columns[2].Alignment = Justify.Left;
            table.Columns[2].NoWrap = false;
            foreach (var (entry, names, count) in rows)
            {
                var text = Markup.Escape(entry.Description) + (names.Length == 0 ? "" : $"\n[grey]{Markup.Escape(string.Join(", ", names))}[/]");
                table.AddRow(new Markup(entry.Name), new Markup(count == null ? "" : Tables.Text($"{count.Value.All:N0}")), new Markup(text));
            }

            terminal.Write(table);
            terminal.Write(Tables.Text($"Parameters on {Shape(fields)}, dimension {width}. Under each model, the options that it reads besides those of every model."));
            terminal.WriteJson(() => new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
            {
                ["name"] = row.Entry.Name,
                ["description"] = row.Entry.Description,
                ["options"] = new JsonArray([.. row.Options.Select(name => (JsonNode)name)]),
                ["tableParameters"] = row.Parameters?.Tables,
                ["denseParameters"] = row.Parameters?.Dense,
            })]).ToJsonString());
            return CommandHost.Success;
        }));
        return command;
    }

    private static string Shape(IReadOnlyList<Field> fields) => Tables.Text($"{fields.Count} fields with {fields.Sum(field => field.Rows):N0} values");

    private static IReadOnlyList<Field> FieldsOf(string folder)
    {
        using var data = ClickData.Open(folder);
        return data.Fields;
    }

    private static string[] OptionsOf(string model) => [.. SettingList.Of(typeof(TrainJobOptions)).Where(setting => setting.Models?.Contains(model) == true).Select(setting => setting.Name)];

    /// <summary>Null for a model of behaviour sequences on data without.</summary>
    private static ParameterCount? Count(ModelCatalog.Entry entry, IReadOnlyList<Field> fields, int dim, ModelOptions options)
        => entry.ReadsSequences && fields.All(field => field.Sequences == null) ? null : ParameterCount.Of(entry, fields, EmbeddingPlan.Uniform(fields, dim), options);
}
