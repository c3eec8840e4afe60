using System.Text;
using AutoDim.Numerics;

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
/// <param name="rank">Which of several ranks this is; all come together by <see cref="Join"/>.</param>
internal sealed class BadRows(BadRowPolicy policy, string? quarantine, int rank = 0) : IDisposable
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
        kept ??= new StreamWriter(PartOf(quarantine, rank));
        kept.Write($"{message}\t{Encoding.UTF8.GetString(row.Text)}\n");
    }

    /// <summary>Several ranks have each read a part of the files, in their order: counts and first problems become those of all, and the first rank has all rows that are kept aside.</summary>
    public void Join(Ranks ranks)
    {
        if (!ranks.AreSeveral) return;
        Dispose();
        var counts = ranks.Each([Count]);
        Count = counts.Sum(rank => rank[0]);
        string[] all = [.. ranks.EachText(string.Join('\0', examples)).SelectMany(problems => problems.Split('\0', StringSplitOptions.RemoveEmptyEntries)).Take(Examples)];
        examples.Clear();
        examples.AddRange(all);
        if (policy != BadRowPolicy.Quarantine || quarantine == null || !ranks.IsFirst) return;
        foreach (var rank in Enumerable.Range(1, ranks.Count - 1).Where(rank => counts[rank][0] > 0))
        {
            var part = PartOf(quarantine, rank);
            using (var target = new FileStream(quarantine, FileMode.Append))
            using (var source = File.OpenRead(part)) source.CopyTo(target);
            File.Delete(part);
        }
    }

    public void Dispose()
    {
        kept?.Dispose();
        kept = null;
    }

    /// <summary>What a rank keeps aside until all have read.</summary>
    private static string PartOf(string quarantine, int rank) => rank == 0 ? quarantine : $"{quarantine}.{rank}";
}

/// <summary>A row that cannot be read: its line, what is wrong, its text.</summary>
internal readonly record struct BadRow(long Line, string Problem, byte[] Text);
