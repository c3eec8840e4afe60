using System.CommandLine;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Onnx;

namespace AutoDim.Cli.Commands;

/// <summary>autodim export: a saved model for other programs, checked before it is there.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it" };
        var command = new Command("export", "Write a saved model for other programs (ONNX, safetensors, numpy) and check its scores. --out may also name the model's file, as in serving/ctr.onnx.") { model };
        var options = new SettingOptions<ExportOptions>(command);
        var common = new CommonOptions(command);
        var memory = new MemoryOption(command, "export with --format safetensors or npz, which take less than onnx, or make the model smaller with autodim compress");
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var terminal = common.Terminal(parse);
            var chosen = options.Build(parse);
            using var pool = common.Pool(parse);
            var place = TrainedModel.Find(parse.GetValue(model)!);
            using var budget = memory.Obey(parse, () => [("exporting", ExportMemory.Estimate(new ModelSize(place), chosen.Format))]);
            using var trained = TrainedModel.Load(place, pool);
            var (folder, difference) = ModelExport.Write(trained, FormatOf(chosen.Format), chosen, common.Place(parse, "export"));
            var files = ExportManifest.Load(folder).Files;
            terminal.WriteJson(() => new JsonObject { ["folder"] = folder, ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file.Name)]), ["goldenRows"] = chosen.GoldenRows, ["largestDifference"] = difference }.ToJsonString());
            foreach (var file in files) terminal.Write($"{file.Name}: {new FileInfo(Path.Combine(folder, file.Name)).Length:N0} bytes");
            terminal.Write($"{chosen.GoldenRows:N0} golden rows scored anew: log-odds differ by {difference:G2} at most (allowed: {chosen.Tolerance:G2})\n{folder}");
            return CommandHost.Success;
        }));
        return command;
    }

    /// <summary>What writes a format and scores by it.</summary>
    public static IExportFormat FormatOf(ExportFormat format) => format switch
    {
        ExportFormat.Onnx => new OnnxFormat(),
        ExportFormat.Safetensors => ArrayFormat.Safetensors,
        _ => ArrayFormat.Npz,
    };
}
