using System.CommandLine;
using AutoDim.Cli.Display;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Cli.Commands;

/// <summary>Options that every command has.</summary>
internal sealed class CommonOptions
{
    private readonly Option<bool> json = new("--json") { Description = "print the result as JSON, and nothing else, on standard output" };
    private readonly Option<bool> quiet = new("--quiet", "-q") { Description = "no progress" };
    private readonly Option<int> threads = new("--threads") { HelpName = "number", DefaultValueFactory = _ => 0, Description = "threads, at most 1024; 0: every core. Results do not depend on it" };
    private readonly Option<string?> output = new("--out", "-o") { Description = "folder for what the command makes (default: a new one under runs/, its path printed last)", HelpName = "FOLDER" };

    public CommonOptions(Command command, bool makesFolder = true)
    {
        command.Options.Add(json);
        command.Options.Add(quiet);
        if (!makesFolder) return;
        command.Options.Add(output);
        command.Options.Add(threads);
    }

    public Terminal Terminal(ParseResult parse) => new(parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, parse.GetValue(json), parse.GetValue(quiet));

    public string? Out(ParseResult parse) => parse.GetValue(output);

    /// <summary>The folder asked for, or a new one under runs/; one command at a time works in it.</summary>
    public RunFolder Folder(ParseResult parse, string name) => new(Place(parse, name), isLocked: true);

    /// <summary>The place asked for, or a new one under runs/.</summary>
    public string Place(ParseResult parse, string name) => Out(parse) ?? Path.Combine("runs", $"{name}-{DateTime.Now:yyyyMMdd-HHmmss}");

    public WorkerPool Pool(ParseResult parse)
    {
        var count = parse.GetValue(threads);
        return count is >= 0 and <= 1024 ? new WorkerPool(count == 0 ? Environment.ProcessorCount : count) : throw new AutoDimException($"--threads is {count}, expected 0 to 1024");
    }
}
