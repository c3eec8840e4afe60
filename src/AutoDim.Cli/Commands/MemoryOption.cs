using System.CommandLine;
using AutoDim.Numerics;
using AutoDim.Runs;

namespace AutoDim.Cli.Commands;

/// <summary>--memory: what a command may take, held against its estimate before it starts, and kept to while it works.</summary>
internal sealed class MemoryOption
{
    /// <summary>What makes trainings and searches take less.</summary>
    public const string TrainingAdvice = "make it smaller with fewer dimensions (--dim, --search-candidates), --batch-size or --table-optimizer row-wise-adagrad, or keep tables in files with --tables-in FOLDER";

    /// <summary>Likewise trainings of which several may be made at a time.</summary>
    public const string SeveralAdvice = "train fewer at a time (--jobs), " + TrainingAdvice;

    /// <summary>Likewise reading rows with a saved model.</summary>
    public const string ScoringAdvice = "give fewer rows at a time, or make the model smaller with autodim compress";

    private readonly Option<string?> memory = new("--memory") { Description = "most memory to take: 2GB, or 50% of the machine's; what is estimated to need more is refused before it starts, what comes to need more is stopped", HelpName = "SIZE" };
    private readonly string advice;

    /// <param name="advice">What makes the command take less, a clause.</param>
    public MemoryOption(Command command, string advice)
    {
        this.advice = advice;
        command.Options.Add(memory);
    }

    /// <summary>Refuses what needs too much, and has all else keep to the limit until what is returned is disposed. Without the option nothing is estimated.</summary>
    /// <param name="stages">What the command will do and take, in bytes, estimated when asked for.</param>
    /// <exception cref="AutoDimException">It needs more than the limit.</exception>
    public MemoryBudget? Obey(ParseResult parse, Func<IEnumerable<(string Stage, long PeakBytes)>> stages)
    {
        if (parse.GetValue(memory) is not { } text) return null;
        var limit = ByteSize.Parse(text, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "--memory");
        var (stage, bytes) = stages().MaxBy(stage => stage.PeakBytes);
        return bytes <= limit ? new MemoryBudget(limit, advice) : throw new AutoDimException($"{stage} would take about {ByteSize.Show(bytes)} of memory, more than --memory {text}; {advice}");
    }

    /// <summary>Likewise of stages of a run.</summary>
    public MemoryBudget? Obey(ParseResult parse, Func<IReadOnlyList<StageEstimate>> stages) => Obey(parse, () => stages().Select(stage => ($"stage '{stage.Stage}'", stage.PeakBytes)));
}
