using System.CommandLine;
using System.CommandLine.Help;
using AutoDim.Cli;
using AutoDim.Cli.Benchmarks;
using AutoDim.Cli.Commands;

// A plain command, not a root command: that one is named after the file, and the tool is called autodim.
var root = new Command("autodim", "AutoDim: from a click log to a recommender model many times smaller at the same AUC.")
{
    DemoCommand.Create(),
    PrepareCommand.Create(),
    RunCommand.Create(),
    CompareCommand.Create(),
    SearchCommand.Create(),
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    PredictCommand.Create(),
    ServeCommand.Create(),
    InspectCommand.Create(),
    EstimateCommand.Create(),
    ModelsCommand.Create(),
    BenchCommand.Create(),
    ResultsCommand.Create(),
    new HelpOption(),
    new VersionOption(),
};
var parsed = root.Parse(args);
if (Misuse.Of(args, parsed, root) is { } misuse)
{
    Console.Error.WriteLine($"autodim: {misuse}");
    return CommandHost.UserError;
}

return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
