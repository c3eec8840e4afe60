using System.Text.RegularExpressions;
using AutoDim.Tests.Support;

namespace AutoDim.Tests;

/// <summary>The scripts for Windows, which nothing here can run: what they name is there, in lines that its command processor takes.</summary>
public sealed partial class WindowsScriptsTests
{
    [Theory, InlineData("autodim.cmd"), InlineData("test.cmd")]
    public void Script_EveryLine_IsACommandOnWhatIsThere(string name)
    {
        var path = SharedData.Repository(name);
        var text = File.ReadAllText(path);
        text.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n'); // cmd.exe misreads other ends of lines
        var lines = text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe("@echo off");
        lines[1..].ShouldAllBe(line => line.StartsWith("dotnet ", StringComparison.Ordinal));
        lines[..^1].Skip(1).ShouldAllBe(line => line.EndsWith("|| exit /b 1", StringComparison.Ordinal)); // else the last line's code would be the script's
        var places = Places().Matches(text).Select(match => match.Groups[1].Value.Replace('\\', '/')).ToArray();
        places.Length.ShouldBe(lines.Length - 1);
        foreach (var place in places)
        {
            var source = place.Split("/bin/")[0]; // of what is built
            Path.Exists(SharedData.Repository(source)).ShouldBeTrue(place);
            if (place != source) Path.GetFileNameWithoutExtension(place).ShouldBe(Path.GetFileName(source));
        }
    }

    /// <summary>Tests are the same as test.sh's.</summary>
    [Fact]
    public void TestCmd_Suites_AreThoseOfTestSh()
    {
        var suites = Directory.GetDirectories(SharedData.Repository("test")).Select(Path.GetFileName).Where(name => name!.StartsWith("AutoDim.Tests", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Places().Matches(File.ReadAllText(SharedData.Repository("test.cmd"))).Select(match => match.Groups[1].Value.Split('\\')).Where(parts => parts[0] == "test").Select(parts => parts[1]).ShouldBe(suites);
    }

    [GeneratedRegex("""
        "%~dp0([^"]+)"
        """)]
    private static partial Regex Places();
}
