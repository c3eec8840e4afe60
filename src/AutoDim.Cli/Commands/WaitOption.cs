using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using AutoDim.Data;

namespace AutoDim.Cli.Commands;

/// <summary>--wait: how long a command waits for the folder that another works in.</summary>
internal static partial class WaitOption
{
    private static readonly Option<string> Wait = new("--wait") { Description = "where another autodim works in the folder, wait for it so long: seconds, or 10m, or 2h; 0: do not wait, and say so", HelpName = "TIME", DefaultValueFactory = _ => "0" };

    public static void AddTo(Command command) => command.Options.Add(Wait);

    /// <summary>What a command line asks for; null of a command that makes no folder.</summary>
    /// <exception cref="AutoDimException">It is no time.</exception>
    public static LockWait? Of(ParseResult parse, CancellationToken cancellation)
        => parse.GetResult(Wait) == null ? null : new LockWait(Time(parse.GetValue(Wait)!), notice => parse.InvocationConfiguration.Error.WriteLine($"autodim: {notice}"), cancellation);

    private static TimeSpan Time(string text)
    {
        var match = Pattern().Match(text.Trim());
        var seconds = match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value switch { "h" => 3600, "m" => 60, _ => 1 }) : -1;
        return seconds is >= 0 and <= 30 * 86_400 ? TimeSpan.FromSeconds(seconds) : throw new AutoDimException($"--wait is '{text}', expected seconds, or minutes or hours such as 10m or 2h, at most 30 days");
    }

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*(s|m|h|)$")]
    private static partial Regex Pattern();
}
