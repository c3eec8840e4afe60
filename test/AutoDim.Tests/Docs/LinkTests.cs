using System.Text.RegularExpressions;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Docs;

/// <summary>What the documents point to is there.</summary>
public sealed partial class LinkTests
{
    public static TheoryData<string> Documents =>
        [.. Directory.GetFiles(SharedData.Repository("docs"), "*.md").Select(path => $"docs/{Path.GetFileName(path)}").Append("README.md").Append("CONTRIBUTING.md").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_WithinTheRepository_LeadToAFileAndAHeading(string document)
    {
        var path = SharedData.Repository(document);
        foreach (Match link in Links().Matches(File.ReadAllText(path)))
        {
            var (target, anchor) = (link.Groups["path"].Value, link.Groups["anchor"].Value);
            if (target.Contains("://", StringComparison.Ordinal)) continue;
            var file = target.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, target);
            Path.Exists(file).ShouldBeTrue($"{document} points to '{target}'");
            if (anchor.Length > 0) File.ReadAllLines(file).Where(line => line.StartsWith('#')).Select(Anchor).ShouldContain(anchor, $"{document} points to '{link.Value}'");
        }
    }

    /// <summary>A heading as GitHub names it.</summary>
    private static string Anchor(string heading) => Dropped().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?<path>[^)#\s]*)(?:#(?<anchor>[^)\s]+))?\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Dropped();
}
