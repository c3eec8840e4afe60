using System.CommandLine;
using AutoDim.Runs;

namespace AutoDim.Cli.Commands;

/// <summary>--memory: what a command may take, held against its estimate before it starts.</summary>
internal sealed class MemoryOption
{
    private readonly Option<string?> memory = new("--memory") { Description = "most memory to take: 2GB, or 50% of the machine's; what is estimated to need more is refused before it starts", HelpName = "SIZE" };

    public MemoryOption(Command command) => command.Options.Add(memory);

    /// <summary>Refuses what needs too much. Without the option nothing is estimated.</summary>
    /// <param name="stages">What the command will do, estimated when asked for.</param>
    /// <exception cref="AutoDimException">It needs more than the limit.</exception>
    public void Check(ParseResult parse, Func<IReadOnlyList<StageEstimate>> stages)
    {
        if (parse.GetValue(memory) is not { } text) return;
        var limit = ByteSize.Parse(text, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "--memory");
        var largest = stages().MaxBy(stage => stage.PeakBytes)!;
        if (largest.PeakBytes > limit)
        {
            throw new AutoDimException($"stage '{largest.Stage}' would take about {ByteSize.Show(largest.PeakBytes)} of memory, more than --memory {text}; make it smaller with fewer dimensions (--dim, --search-candidates), --batch-size or --table-optimizer row-wise-adagrad, or keep tables in files with --tables-in FOLDER");
        }
    }
}
