using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli;

/// <summary>What a user gets for a wrong command line: exit code 2, nothing on standard output, one line that says what to do.</summary>
public sealed class MisuseTests
{
    [Theory]
    [InlineData("trian", "'trian' is not a command; did you mean train? See: autodim --help")]
    [InlineData("train --dimm 3 clicks", "'--dimm' is not a flag of this command; did you mean --dim? See: autodim train --help")]
    [InlineData("train a b", "'b' is one argument too many; see: autodim train --help")]
    [InlineData("train", "Required argument missing for command: 'train'; see: autodim train --help")]
    [InlineData("train clicks --dim 0", "--dim is '0', expected a whole number from 1 to 1024")]
    [InlineData("train clicks --dense-optimizer adamm", "--dense-optimizer is 'adamm', expected adam, row-wise-adam, adagrad, row-wise-adagrad, sgd, ftrl")]
    [InlineData("run clicks --hidden 12,x", "--hidden is '12,x', expected whole numbers from 1 to 65536, separated by commas")]
    [InlineData("run clicks --threads 2000 --out /proc/nowhere", "'clicks' holds no prepared data (data.json is missing); make it with: autodim prepare FILE --schema SCHEMA --out clicks")]
    [InlineData("inspect clicks", "'clicks' holds nothing that autodim made: no data.json, no result.json, no manifest.json, and is no plan")]
    [InlineData("evaluate clicks clicks", "'clicks' holds no model that can be read")]
    [InlineData("prepare no-such.csv --schema no.yaml", "cannot read the schema 'no.yaml'")]
    [InlineData("prepare no-such.csv", "there is no file 'no-such.csv'")]
    [InlineData("prepare no-such.csv --guess", "--guess needs --label COLUMN")]
    [InlineData("estimate", "--rows is '', expected the number of training rows; or name a folder of prepared data")]
    public void Run_WrongCommandLine_ExitsWith2AndOneLine(string arguments, string message)
    {
        var outcome = CommandLine.Run(arguments.Split(' '));
        outcome.ExitCode.ShouldBe(2, outcome.Errors);
        outcome.Output.ShouldBeEmpty();
        outcome.Errors.ShouldStartWith($"autodim: {message}");
        outcome.Errors.TrimEnd().Split('\n').Length.ShouldBe(1);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("train --help")]
    [InlineData("models")]
    [InlineData("models --json --dim 4 --hidden 8")]
    public void Run_HelpAndLists_Succeed(string arguments)
    {
        var outcome = CommandLine.Run(arguments.Split(' '));
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        outcome.Output.ShouldNotBeEmpty();
    }
}
