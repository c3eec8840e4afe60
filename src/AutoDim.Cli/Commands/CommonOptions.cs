using System.CommandLine;
using AutoDim.Cli.Display;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Training;

namespace AutoDim.Cli.Commands;

/// <summary>Options that every command has.</summary>
internal sealed class CommonOptions
{
    private readonly Option<bool> json = new("--json") { Description = "print the result as JSON, and nothing else, on standard output" };
    private readonly Option<bool> quiet = new("--quiet", "-q") { Description = "no progress" };
    private readonly Option<int> threads = new("--threads") { HelpName = "number", DefaultValueFactory = _ => 0, Description = "threads, at most 1024; 0: every core. Results do not depend on it" };
    private readonly Option<int> jobs = new("--jobs") { HelpName = "number", DefaultValueFactory = _ => 1, Description = "trainings at a time where they do not need each other, 1 to 256; they share the threads, and each takes its memory. Results do not depend on it" };
    private readonly Option<string?> tablesIn = new("--tables-in") { HelpName = "FOLDER", Description = "tables and their optimiser's state lie in files in this folder and not in memory, for those that are larger than it" };
    private readonly Option<string?> replicate = Replicate();
    private readonly Option<string?> output = new("--out", "-o") { Description = "folder for what the command makes (default: a new one under runs/, its path printed last)", HelpName = "FOLDER" };

    /// <param name="makesFolder">Whether the command makes a folder.</param>
    /// <param name="trains">Whether it trains, so that several processes may share tables.</param>
    /// <param name="trainsMany">Whether it trains many models, of which several may be trained at a time.</param>
    public CommonOptions(Command command, bool makesFolder = true, bool trains = false, bool trainsMany = false)
    {
        command.Options.Add(json);
        if (trains) command.Options.Add(replicate);
        command.Options.Add(quiet);
        if (makesFolder)
        {
            command.Options.Add(output);
            WaitOption.AddTo(command);
        }

        if (makesFolder || trains) command.Options.Add(threads);
        if (trainsMany) command.Options.Add(jobs);
        if (trains || trainsMany) command.Options.Add(tablesIn);
    }

    /// <summary>Up to which size each of several processes has a table whole.</summary>
    public static Option<string?> Replicate() => new("--replicate") { Description = $"under mpirun: a table of up to so many bytes is on every rank, a larger one is spread over them [default {Ranks.DefaultReplicatedBytes >> 20}MiB, or all are spread where that sends less]", HelpName = "BYTES" };

    /// <summary>What was given for it; null: nothing.</summary>
    public static long? ReplicatedBytes(ParseResult parse, Option<string?> replicate) => parse.GetValue(replicate) is { } text ? ByteSize.Parse(text, 0, "--replicate") : null;

    public Terminal Terminal(ParseResult parse)
        => new(parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error, parse.GetValue(json), parse.GetValue(quiet) || !World.Ranks.IsFirst);

    public string? Out(ParseResult parse) => parse.GetValue(output);

    /// <summary>The folder asked for, or a new one under runs/; one command at a time works in it.</summary>
    public RunFolder Folder(ParseResult parse, string name) => new(Place(parse, name), isLocked: true);

    /// <summary>The place asked for, or a new one under runs/.</summary>
    public string Place(ParseResult parse, string name) => Out(parse) ?? World.Ranks.Broadcast(Path.Combine("runs", $"{name}-{DateTime.Now:yyyyMMdd-HHmmss}"));

    /// <summary>The threads asked for, or as many as fill the machine together with other ranks there.</summary>
    public int Threads(ParseResult parse)
    {
        var count = parse.GetValue(threads);
        if (count is < 0 or > 1024) throw new AutoDimException($"--threads is {count}, expected 0 to 1024");
        return count == 0 ? World.Threads : count;
    }

    public WorkerPool Pool(ParseResult parse)
    {
        if (World.Ranks.AreSeveral && parse.GetResult(replicate) != null) World.Ranks.ReplicatedBytes = ReplicatedBytes(parse, replicate);
        var atATime = parse.GetResult(jobs) == null ? 1 : parse.GetValue(jobs);
        if (atATime is < 1 or > 256) throw new AutoDimException($"--jobs is {atATime}, expected 1 to 256");
        if (atATime > 1 && World.Ranks.AreSeveral) throw new AutoDimException("--jobs trains several models in one process; under mpirun all ranks train one: leave it out, or start the command without mpirun");
        return new WorkerPool(Threads(parse)) { Ranks = World.Ranks, JobsAtATime = atATime, TableFolder = parse.GetResult(tablesIn) == null ? null : parse.GetValue(tablesIn) };
    }
}
