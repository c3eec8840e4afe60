using System.CommandLine;
using AutoDim.Data.Preparation;
using AutoDim.Settings;

namespace AutoDim.Cli.Commands;

/// <summary>--on-bad-row of the commands that read raw files.</summary>
internal sealed class BadRowOption
{
    private readonly string policies;
    private readonly Option<string> option;

    /// <param name="policies">The policies that the command offers, for help and errors.</param>
    public BadRowOption(Command command, string policies)
    {
        this.policies = policies;
        option = new Option<string>("--on-bad-row") { Description = $"what to do with rows that cannot be read: {policies}", HelpName = "policy", DefaultValueFactory = _ => "fail" };
        command.Options.Add(option);
    }

    public BadRowPolicy Policy(ParseResult parse) => SettingText.TryRead(parse.GetValue(option)!, typeof(BadRowPolicy), out var policy) && policies.Contains(SettingText.Write(policy), StringComparison.Ordinal)
        ? (BadRowPolicy)policy
        : throw new AutoDimException($"--on-bad-row is '{parse.GetValue(option)}', expected {policies}");
}
