using System.Text;
using System.Text.RegularExpressions;

namespace AutoDim.Tests.Support;

/// <summary>
/// What a folder holds, to be compared with another that should hold the same. Left out is what differs between any two runs: in JSON the
/// values of <see cref="RunRecords.Timeless"/> and the checksum over them, in report.html seconds, and the number of a prepared version, which tells how many came before.
/// </summary>
internal static partial class FolderContents
{
    /// <summary>Every file by its path, with its bytes, as Latin-1.</summary>
    public static SortedDictionary<string, string> Of(string folder) => new(
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => Version().Replace(Path.GetRelativePath(folder, path).Replace('\\', '/'), "prepared-N"), Content), StringComparer.Ordinal);

    /// <summary>Throws, naming the first file that differs.</summary>
    public static void ShouldBeSame(string actual, SortedDictionary<string, string> expected, string what)
    {
        var found = Of(actual);
        found.Keys.ShouldBe(expected.Keys, what);
        foreach (var (name, content) in expected) (found[name] == content).ShouldBeTrue($"{what}: {name} differs\n{(Path.GetExtension(name) is ".json" or ".jsonl" or ".yaml" ? $"{content}\n---\n{found[name]}" : "")}");
    }

    /// <summary>Copies a folder as it stands, files that are being written too: cp knows nothing of .NET's locks.</summary>
    public static void Copy(string from, string to)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files are copied under their locks");
        Directory.CreateDirectory(to);
        var (code, output) = Tool.Run("cp", "-a", Path.Combine(from, "."), to);
        code.ShouldBe(0, output);
    }

    private static string Content(string path)
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        return Path.GetExtension(path) switch
        {
            ".json" => Version().Replace(RunRecords.Timeless(text), "prepared-N"),
            ".html" => Seconds().Replace(text, "N s"),
            _ => text,
        };
    }

    [GeneratedRegex(@"\b\d+ s\b")]
    private static partial Regex Seconds();

    [GeneratedRegex(@"prepared-\d+")]
    private static partial Regex Version();
}
