using AutoDim.Data;

namespace AutoDim.Reports;

/// <summary>A Markdown file in which a program keeps parts up to date, between the lines <c>&lt;!-- name --&gt;</c> and <c>&lt;!-- /name --&gt;</c>.</summary>
internal static class MarkedFile
{
    /// <exception cref="AutoDimException">The file is missing or has no such marks.</exception>
    public static void Replace(string path, string name, string content)
    {
        if (!File.Exists(path)) throw new AutoDimException($"there is no file '{path}'");
        var text = File.ReadAllText(path);
        string opening = $"<!-- {name} -->\n", closing = $"<!-- /{name} -->";
        var start = text.IndexOf(opening, StringComparison.Ordinal);
        var end = start < 0 ? -1 : text.IndexOf(closing, start, StringComparison.Ordinal);
        if (end < 0) throw new AutoDimException($"'{path}' has no part between {opening.Trim()} and {closing}");
        AtomicFile.WriteText(path, text[..(start + opening.Length)] + content.TrimEnd() + "\n" + text[end..]);
    }
}
