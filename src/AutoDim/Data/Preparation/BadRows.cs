using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>What to do with a row that cannot be read.</summary>
public enum BadRowPolicy
{
    /// <summary>Stop with an error that names the place. The default.</summary>
    Fail,

    /// <summary>Leave it out, and count it.</summary>
    Skip,

    /// <summary>Leave it out, count it, and write it to quarantine.txt with the prepared data.</summary>
    Quarantine,
}

/// <summary>Applies the policy and keeps count.</summary>
/// <param name="quarantine">Where rows are kept aside; null: nowhere.</param>
internal sealed class BadRows(BadRowPolicy policy, string? quarantine) : IDisposable
{
    public const string QuarantineName = "quarantine.txt";
    private const int Examples = 5;
    private readonly List<string> examples = [];
    private StreamWriter? kept;

    public long Count { get; private set; }

    /// <summary>The first few, as told.</summary>
    public IReadOnlyList<string> FirstProblems => examples;

    /// <summary>Throws, or notes the row and returns.</summary>
    public void Report(string file, BadRow row)
    {
        var message = $"{file}, line {row.Line}: {row.Problem}";
        if (policy == BadRowPolicy.Fail) throw new AutoDimException($"{message}; correct it, or leave such rows out with --on-bad-row skip");
        Count++;
        if (examples.Count < Examples) examples.Add(message);
        if (policy != BadRowPolicy.Quarantine || quarantine == null) return;
        kept ??= new StreamWriter(quarantine);
        kept.Write($"{message}\t{Encoding.UTF8.GetString(row.Text)}\n");
    }

    public void Dispose()
    {
        kept?.Dispose();
        kept = null;
    }
}

/// <summary>A row that cannot be read: its line, what is wrong, its text.</summary>
internal readonly record struct BadRow(long Line, string Problem, byte[] Text);
