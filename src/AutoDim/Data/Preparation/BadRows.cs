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

    /// <summary>Rows are read more than once; they are counted while this is set.</summary>
    public bool Recording { get; set; } = true;

    public long Count { get; private set; }

    /// <summary>The first few, as told.</summary>
    public IReadOnlyList<string> FirstProblems => examples;

    /// <summary>Throws, or notes the row and returns.</summary>
    public void Report(string file, long line, string problem, ReadOnlySpan<byte> row)
    {
        var message = $"{file}, line {line}: {problem}";
        if (policy == BadRowPolicy.Fail) throw new AutoDimException($"{message}; correct it, or use --on-bad-row skip or quarantine");
        if (!Recording) return;
        Count++;
        if (examples.Count < Examples) examples.Add(message);
        if (policy != BadRowPolicy.Quarantine || quarantine == null) return;
        kept ??= new StreamWriter(quarantine);
        kept.Write($"{message}\t{Encoding.UTF8.GetString(row)}\n");
    }

    /// <summary>Counts no more, and closes the quarantine.</summary>
    public void Finish()
    {
        Recording = false;
        Dispose();
    }

    public void Dispose()
    {
        kept?.Dispose();
        kept = null;
    }
}
