using System.CommandLine;
using System.Text.Json.Nodes;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Training;

namespace AutoDim.Cli.Commands;

/// <summary>autodim import: a plan or an exported model's arrays, into files of ours.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var source = new Argument<string>("source") { Description = "folder of an export (safetensors or npz); or a plan: plan.json, JSON of field and dimension, or lines of field,dimension" };
        var data = new Option<string?>("--data") { Description = "of a plan: folder of prepared data, whose fields it must name", HelpName = "FOLDER" };
        var command = new Command("import", "Take an exported model back as a model folder, or dimensions from elsewhere as plan.json.") { source, data };
        var common = new CommonOptions(command);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var (terminal, path, fields) = (common.Terminal(parse), parse.GetValue(source)!, parse.GetValue(data));
            if (Directory.Exists(path)) ImportModel(terminal, path, fields == null ? common.Place(parse, "import") : throw new AutoDimException("--data is for plans; a model's fields are its own"), () => common.Pool(parse));
            else if (Path.GetExtension(path) is ".safetensors" or ".npz" or ".onnx" or ".npy") throw new AutoDimException($"'{path}' is a file of arrays without the manifest that says what they are; give the folder that autodim export made, with export.json in it");
            else ImportPlan(terminal, path, fields, () => common.Folder(parse, "import"));
            return CommandHost.Success;
        }));
        return command;
    }

    private static void ImportModel(Terminal terminal, string folder, string target, Func<WorkerPool> newPool)
    {
        if (File.Exists(Path.Combine(TrainedModel.Find(folder), ModelManifest.Name))) throw new AutoDimException($"'{folder}' holds a model already; use it as it is");
        using var pool = newPool();
        var difference = ModelImport.Run(folder, target, pool);
        terminal.Write($"golden rows scored anew: log-odds differ by {difference:G2} at most\n{target}");
        terminal.WriteJson(() => new JsonObject { ["folder"] = target, ["largestDifference"] = difference }.ToJsonString());
    }

    private static void ImportPlan(Terminal terminal, string path, string? data, Func<RunFolder> newFolder)
    {
        var plan = PlanList.Read(path);
        if (data != null)
        {
            using var clicks = ClickData.Open(data);
            plan = PlanFile.Of(plan.For(clicks, path), plan.Method, clicks.Fingerprint);
        }

        using var folder = newFolder();
        var target = folder.File("plan.json");
        plan.Save(target);
        terminal.Write(Tables.Plan(plan.Fields.Select(entry => new PlanRow(entry.Field, entry.Rows, entry.Dim, entry.Bytes) { MinCount = entry.MinCount, Form = entry.Form })));
        terminal.Write(target);
        terminal.WriteJson(() => File.ReadAllText(target));
    }
}
