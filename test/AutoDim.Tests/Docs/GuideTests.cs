using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.RegularExpressions;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Docs;

/// <summary>
/// docs/guide.md as a new user would follow it: its commands, one after the other in one shell, from the root of the repository. Each must exit with
/// 0 and say what the guide shows, but for numbers, which differ between machines. After a wanted change set AUTODIM_APPROVE=1: the test then puts
/// what it saw into the guide, to be read as a diff.
/// </summary>
[Trait("Category", "Slow")]
public sealed partial class GuideTests
{
    private const string Mark = "@@guide@@";

    [Fact]
    public void Guide_CommandsRunAgain_SayTheSame()
    {
        SharedData.Path("bank/bank-additional-full.csv");
        Tool.ShellOrSkip();
        var path = SharedData.Repository("docs/guide.md");
        var approved = File.ReadAllText(path).Split('\n');
        var seen = Run([.. approved.Select((line, index) => (line, index)).Where(item => IsCommand(approved, item.index)).Select(item => item.line[2..])]);
        List<string> lines = [];
        var command = 0;
        for (var i = 0; i < approved.Length; i++)
        {
            if (IsOutput(approved, i)) continue;
            lines.Add(approved[i]);
            if (IsCommand(approved, i)) lines.AddRange(seen[command++]);
        }

        if (Environment.GetEnvironmentVariable("AUTODIM_APPROVE") == "1") File.WriteAllText(path, string.Join('\n', lines));
        else lines.Select(Numberless).Where(line => line.Length > 0).ShouldBe(approved.Select(Numberless).Where(line => line.Length > 0), "after a wanted change: AUTODIM_APPROVE=1, and read the diff of docs/guide.md");
    }

    private static bool IsCommand(string[] lines, int index) => lines[index].StartsWith("$ ", StringComparison.Ordinal) && IsInBlock(lines, index);

    private static bool IsOutput(string[] lines, int index) => IsInBlock(lines, index) && !IsCommand(lines, index) && !lines[index].StartsWith("```", StringComparison.Ordinal);

    private static bool IsInBlock(string[] lines, int index)
    {
        var fences = lines.Take(index).Where(line => line.StartsWith("```", StringComparison.Ordinal)).ToArray();
        return fences.Length % 2 == 1 && fences[^1] == "```console";
    }

    /// <summary>What each command says on both outputs, without empty lines at its ends.</summary>
    private static List<string[]> Run(string[] commands)
    {
        var script = new StringBuilder("trap 'kill $(jobs -p) 2>/dev/null' EXIT\nexec 2>&1\n");
        foreach (var command in commands) script.Append(command).Append(CultureInfo.InvariantCulture, $"\necho \"{Mark}$?\"\n");
        // The same bits on every x64 machine, or a search that is nearly a tie would choose other words to say.
        var kernels = Vector256.IsHardwareAccelerated
            ? new Dictionary<string, string> { [InstructionSets.Variable] = nameof(InstructionSet.Vector256), ["DOTNET_EnableAVX512"] = "0" }
            : [];
        var repository = Path.GetDirectoryName(SharedData.Repository("AutoDim.slnx"))!;
        Tool.Run(Path.Combine(repository, "autodim"), "--version").Code.ShouldBe(0); // built, if it is not yet
        var output = Tool.Run("bash", kernels, "-c", $"cd '{repository}'\n{script}").Output;
        List<string[]> all = [];
        List<string> said = [];
        foreach (var line in output.Split('\n').Select(line => line.TrimEnd()))
        {
            var end = line.IndexOf(Mark, StringComparison.Ordinal);
            if (end != 0 && line.Length > 0) said.Add(end > 0 ? line[..end] : line);
            if (end < 0) continue;
            line[(end + Mark.Length)..].ShouldBe("0", $"{commands[all.Count]}\n{string.Join('\n', said)}");
            all.Add([.. said]);
            said.Clear();
        }

        all.Count.ShouldBe(commands.Length);
        return all;
    }

    /// <summary>A line without what differs between machines: numbers with their units, bars, rules and the width of columns.</summary>
    private static string Numberless(string line) => Blanks().Replace(Numbers().Replace(Drawing().Replace(line, ""), "#"), " ").Trim();

    [GeneratedRegex("[█─]+")]
    private static partial Regex Drawing();

    [GeneratedRegex(@"""[0-9a-f]{16}""|[-+]?\d[\d.,:E]*(?:(?:(?<=E)[-+])\d+)?(?: ?(?:ms|s|min|h|B|kB|MB|GB|%)(?!\w))?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
