using System.Text.Json;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Packages;

/// <summary>The Dockerfile, which no test builds: its instructions are ones that Docker knows, and what they name is there.</summary>
public sealed class DockerfileTests
{
    private static readonly string[] Known = ["FROM", "RUN", "WORKDIR", "COPY", "LABEL", "USER", "EXPOSE", "ENTRYPOINT", "CMD", "ENV", "ARG"];

    private static (string Name, string[] Words)[] Instructions { get; } = Read();

    [Fact]
    public void Instructions_All_AreDockersAndBeginWithFrom()
    {
        Instructions.Select(instruction => instruction.Name).ShouldBeSubsetOf(Known);
        Instructions[0].Name.ShouldBe("FROM");
        Instructions.Count(instruction => instruction.Name == "USER").ShouldBe(1); // not root
    }

    [Fact]
    public void Copy_FromTheRepository_NamesWhatIsThere()
    {
        foreach (var (_, words) in Instructions.Where(instruction => instruction.Name == "COPY"))
        {
            if (words[0].StartsWith("--from=", StringComparison.Ordinal)) Instructions.Where(instruction => instruction.Name == "FROM").Select(instruction => instruction.Words[^1]).ShouldContain(words[0]["--from=".Length..]);
            else foreach (var source in words[..^1]) Path.Exists(SharedData.Repository(source)).ShouldBeTrue(source);
        }
    }

    /// <summary>Projects import no file of the repository that the build does not copy.</summary>
    [Fact]
    public void Copy_EverythingThatBuildingImports_IsAmongIt()
    {
        var copied = Instructions.Where(instruction => instruction.Name == "COPY").SelectMany(instruction => instruction.Words[..^1]).ToArray();
        string[] needed = [.. Directory.GetFiles(SharedData.Repository(""), "Directory.*").Select(path => Path.GetFileName(path)), "global.json", "eng/Native.props"];
        needed.ShouldBeSubsetOf(copied);
    }

    [Fact]
    public void Command_OfServing_IsOneThatTheProgramTakes()
    {
        var words = JsonSerializer.Deserialize<string[]>(string.Join(' ', Instructions.Single(instruction => instruction.Name == "CMD").Words))!;
        var outcome = CommandLine.Run(words);
        outcome.Errors.ShouldContain("'/model' holds no model that can be read"); // every flag is known
        Instructions.Single(instruction => instruction.Name == "EXPOSE").Words.ShouldBe([words[^1]]);
    }

    /// <summary>Lines without comments, those that end with a backslash joined to the next.</summary>
    private static (string, string[])[] Read()
    {
        var lines = File.ReadAllLines(SharedData.Repository("Dockerfile")).Where(line => !line.StartsWith('#'));
        var text = string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(words => (words[0], words[1..]))];
    }
}
