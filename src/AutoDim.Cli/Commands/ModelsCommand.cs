using System.CommandLine;
using System.Text.Json.Nodes;
using AutoDim.Cli.Display;
using AutoDim.Models;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim models: what --model takes.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var command = new Command("models", "List the models.");
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(_ =>
        {
            var terminal = common.Terminal(parse);
            var table = Tables.New("model", "what it is");
            table.Columns[1].Alignment = Justify.Left;
            foreach (var entry in ModelCatalog.All) table.AddRow(entry.Name, Markup.Escape(entry.Description));
            terminal.Write(table);
            terminal.WriteJson(() => new JsonArray([.. ModelCatalog.All.Select(entry => (JsonNode)new JsonObject { ["name"] = entry.Name, ["description"] = entry.Description })]).ToJsonString());
            return CommandHost.Success;
        }));
        return command;
    }
}
