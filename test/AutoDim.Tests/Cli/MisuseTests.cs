using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli;

/// <summary>A wrong command line in a process of its own: exit code 2, nothing on standard output, one line that says what to do. Every command's cases are in <see cref="TranscriptTests"/>.</summary>
public sealed class MisuseTests
{
    [Theory]
    [InlineData("trian", "'trian' is not a command; did you mean train? See: autodim --help")]
    [InlineData("train --dimm 3 clicks", "'--dimm' is not a flag of train; did you mean --dim? See: autodim train --help")]
    [InlineData("run clicks --threads 2000 --out /proc/nowhere", "'clicks' holds no prepared data (data.json is missing); make it with: autodim prepare FILE --schema SCHEMA --out clicks")]
    public void Run_WrongCommandLine_ExitsWith2AndOneLine(string arguments, string message)
    {
        var outcome = CommandLine.Run(arguments.Split(' '));
        outcome.ExitCode.ShouldBe(2, outcome.Errors);
        outcome.Output.ShouldBeEmpty();
        outcome.Errors.ShouldStartWith($"autodim: {message}");
        outcome.Errors.TrimEnd().Split('\n').Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("train --help")]
    [InlineData("models --json --dim 4 --hidden 8")]
    public void Run_HelpAndLists_Succeed(string arguments)
    {
        var outcome = CommandLine.Run(arguments.Split(' '));
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        outcome.Output.ShouldNotBeEmpty();
    }
}
