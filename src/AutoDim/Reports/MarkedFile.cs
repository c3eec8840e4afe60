using AutoDim.Data;

namespace AutoDim.Reports;

/// <summary>A Markdown file in which a program keeps parts up to date, between the lines <c>&lt;!-- name --&gt;</c> and <c>&lt;!-- /name --&gt;</c>.</summary>
internal static class MarkedFile
{
    /// <summary>Whether the file has the mark that such a part begins with.</summary>
    /// <exception cref="AutoDimException">The file is missing.</exception>
    public static bool Has(string path, string name) => Text(path).Contains(Opening(name), StringComparison.Ordinal);

    /// <exception cref="AutoDimException">The file is missing or has no such marks.</exception>
    public static void Replace(string path, string name, string content)
    {
        var text = Text(path);
        string opening = Opening(name), closing = $"<!-- /{name} -->";
        var start = text.IndexOf(opening, StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf(closing, start, StringComparison.Ordinal);
        if (end < 0) throw new AutoDimException($"'{path}' has no part between {opening.Trim()} and {closing}");
        AtomicFile.WriteText(path, text[..(start + opening.Length)] + content.TrimEnd() + "\n" + text[end..]);
    }

    private static string Opening(string name) => $"<!-- {name} -->\n";

    private static string Text(string path) => File.Exists(path) ? File.ReadAllText(path) : throw new AutoDimException($"there is no file '{path}'");
}
