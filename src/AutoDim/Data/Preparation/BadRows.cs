using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>What to do with a row that cannot be read.</summary>
public enum BadRowPolicy
{
    /// <summary>Stop with an error that names the place. The default.</summary>
    Fail,

    /// <summary>Leave it out, and count it.</summary>
    Skip,

    /// <summary>Leave it out, count it, and write it to quarantine.txt beside the prepared data.</summary>
    Quarantine,
}

/// <summary>Applies the policy and keeps count.</summary>
internal sealed class BadRows(BadRowPolicy policy, string? quarantine)
{
    private const int Examples = 5;
    private readonly List<string> examples = [];
    private readonly StringBuilder quarantined = new();

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
        if (policy != BadRowPolicy.Quarantine) return;
        quarantined.Append(message).Append('\t').AppendLine(Encoding.UTF8.GetString(row));
        if (quarantined.Length > 1 << 20) Flush();
    }

    /// <summary>Writes what is quarantined.</summary>
    public void Flush()
    {
        if (quarantined.Length == 0 || quarantine == null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(quarantine))!);
        File.AppendAllText(quarantine, quarantined.ToString());
        quarantined.Clear();
    }
}
