using System.Text;
using System.Text.RegularExpressions;
using AutoDim.Cli;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Docs;

/// <summary>docs/commands.md is what every command's --help says. AUTODIM_APPROVE=1 writes it anew.</summary>
[Collection("lists models")]
public sealed partial class CommandsTests
{
    [Fact]
    public void Commands_HelpOfEach_IsInTheDocument()
    {
        var text = new StringBuilder("# Commands\n\nWhat `autodim COMMAND --help` says of each, written by [CommandsTests](../test/AutoDim.Tests/Docs/CommandsTests.cs). Exit codes: 0; 1, a bug; 2, a mistake to mend, told in one line.\n");
        foreach (var command in Commands().Matches(Help().Split("Commands:")[1]).Select(match => match.Groups[1].Value)) text.Append($"\n## {command}\n\n```text\n{Help(command).Trim()}\n```\n");
        var path = SharedData.Repository("docs/commands.md");
        if (Environment.GetEnvironmentVariable("AUTODIM_APPROVE") == "1") File.WriteAllText(path, text.ToString());
        else File.ReadAllText(path).ShouldBe(text.ToString(), "after a wanted change: AUTODIM_APPROVE=1, and read the diff of docs/commands.md");
    }

    private static string Help(params string[] command)
    {
        using var output = new StringWriter();
        Application.Run([.. command, "--help"], output, output).ShouldBe(0);
        return string.Join('\n', output.ToString().Split('\n').Select(line => line.TrimEnd()));
    }

    /// <summary>Lines of the list of commands.</summary>
    [GeneratedRegex("^  ([a-z-]+) ", RegexOptions.Multiline)]
    private static partial Regex Commands();
}
