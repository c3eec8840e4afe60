using System.CommandLine;
using System.CommandLine.Help;
using AutoDim;
using AutoDim.Cli;
using AutoDim.Cli.Benchmarks;
using AutoDim.Cli.Commands;

// Only the command asked for is made: the others' options take longer to list than a model to open.
(string Name, Func<Command> Create)[] commands =
[
    ("demo", DemoCommand.Create),
    ("prepare", PrepareCommand.Create),
    ("run", RunCommand.Create),
    ("compare", CompareCommand.Create),
    ("compress", CompressCommand.Create),
    ("search", SearchCommand.Create),
    ("train", TrainCommand.Create),
    ("sweep", SweepCommand.Create),
    ("evaluate", EvaluateCommand.Create),
    ("drift", DriftCommand.Create),
    ("update", UpdateCommand.Create),
    ("predict", PredictCommand.Create),
    ("export", ExportCommand.Create),
    ("serve", ServeCommand.Create),
    ("runs", RunsCommand.Create),
    ("report", ReportCommand.Create),
    ("inspect", InspectCommand.Create),
    ("estimate", EstimateCommand.Create),
    ("models", ModelsCommand.Create),
    ("mpi-check", MpiCheckCommand.Create),
    ("bench", BenchCommand.Create),
    ("bench-serve", BenchServeCommand.Create),
    ("results", ResultsCommand.Create),
];
var asked = Array.FindAll(commands, command => args.Length > 0 && command.Name == args[0]);

// A plain command, not a root command: that one is named after the file, and the tool is called autodim.
var root = new Command("autodim", "AutoDim: from a click log to a recommender model many times smaller at the same AUC.") { new HelpOption(), new VersionOption() };
foreach (var command in asked.Length > 0 ? asked : commands) root.Subcommands.Add(command.Create());
var parsed = root.Parse(args);
if (Misuse.Of(args, parsed, root) is { } misuse)
{
    if (World.Speaks) Console.Error.WriteLine($"autodim: {misuse}");
    return CommandHost.UserError;
}

try
{
    World.Join(asked.Length > 0 ? asked[0].Name : null);
}
catch (AutoDimException exception)
{
    return World.Fail(exception.Message, CommandHost.UserError);
}

using var ranks = World.Ranks;

return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
