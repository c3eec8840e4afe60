using System.CommandLine;
using System.CommandLine.Help;
using AutoDim.Cli.Benchmarks;
using AutoDim.Cli.Commands;

namespace AutoDim.Cli;

/// <summary>The command line as a whole: its commands, help, and what a wrong line gets.</summary>
internal static class Application
{
    /// <summary>Columns of help that is not shown on a terminal.</summary>
    private const int PageWidth = 160;

    private static readonly (string Name, Func<Command> Create)[] Commands =
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
        ("import", ImportCommand.Create),
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

    /// <returns>The exit code: 0, 1 of a bug, 2 of a mistake to mend, 130 when stopped.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        // Only the command asked for is made: the others' options take longer to list than a model to open.
        var asked = Array.FindAll(Commands, command => arguments.Length > 0 && command.Name == arguments[0]);
        var width = output == Console.Out && !Console.IsOutputRedirected ? Console.WindowWidth : PageWidth;

        // A plain command, not a root command: that one is named after the file, and the tool is called autodim.
        var root = new Command("autodim", "AutoDim: from a click log to a recommender model many times smaller at the same AUC.")
        {
            new HelpOption { Action = new HelpAction { MaxWidth = Math.Max(width, 40) } }, new VersionOption(),
        };
        foreach (var command in asked.Length > 0 ? asked : Commands) root.Subcommands.Add(command.Create());
        var parsed = root.Parse(arguments);
        if (Misuse.Of(arguments, parsed, root, () => Commands.Select(command => command.Create())) is { } misuse) return Refused(misuse);
        var name = asked.Length > 0 ? asked[0].Name : null;
        try
        {
            World.Join(name);
        }
        catch (AutoDimException exception)
        {
            return World.Fail(errors, exception.Message, CommandHost.UserError);
        }

        using var ranks = World.Ranks;
        if (World.RefusalOf(name) is { } refusal) return Refused(refusal);
        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = ranks.IsFirst ? output : TextWriter.Null, Error = errors });

        // All processes meet it alike and end by themselves. None needs to end the others, whose launcher might then drop what the first has said.
        int Refused(string problem)
        {
            if (World.Speaks) errors.WriteLine($"autodim: {problem}");
            return CommandHost.UserError;
        }
    }
}
