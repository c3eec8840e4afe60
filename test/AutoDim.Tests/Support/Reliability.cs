using AutoDim.Reports;

namespace AutoDim.Tests.Support;

/// <summary>
/// Tests of what happens when things go wrong. In the ordinary suite they are short; <c>./test.sh --reliability</c> asks for their long form,
/// in which each writes what it saw into docs/reliability.md.
/// </summary>
internal static class Reliability
{
    public const string Category = "Reliability";

    private static readonly Lock Writing = new();

    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("AUTODIM_RELIABILITY") == "long";

    /// <summary>So many in the ordinary suite, so many in the long form.</summary>
    public static int Times(int few, int many) => IsLong ? many : few;

    /// <summary>In the long form, replaces a marked part of docs/reliability.md.</summary>
    public static void Record(string part, IEnumerable<string> lines)
    {
        if (!IsLong) return;
        lock (Writing) MarkedFile.Replace(SharedData.Repository("docs/reliability.md"), part, string.Join('\n', lines));
    }

    /// <summary>A table's lines in Markdown.</summary>
    public static IEnumerable<string> Table(string[] head, IEnumerable<string[]> rows) => [Line(head), Line([.. head.Select(_ => "---")]), .. rows.Select(Line)];

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells)} |";
}
