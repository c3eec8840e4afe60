using System.CommandLine;

namespace AutoDim.Cli;

/// <summary>What was wrong with a command line, in one line that suggests the right word.</summary>
internal static class Misuse
{
    private const int LargestDistance = 3;

    public static string Describe(ParseResult parsed, Command root)
    {
        var command = parsed.CommandResult.Command;
        var help = command == root ? "autodim --help" : $"autodim {command.Name} --help";
        if (parsed.UnmatchedTokens.Count == 0) return $"{parsed.Errors[0].Message.TrimEnd('.')}; see: {help}";
        var token = parsed.UnmatchedTokens[0];
        string[] known = [.. command.Subcommands.Select(sub => sub.Name), .. command.Options.Select(option => option.Name)];
        var (nearest, distance) = known.Select(name => (Name: name, Distance: Distance(token, name))).MinBy(item => item.Distance);
        return $"'{token}' is not a {(token.StartsWith('-') ? "flag" : command == root ? "command" : "value expected here")}{(distance <= LargestDistance ? $"; did you mean {nearest}?" : "")} See: {help}";
    }

    /// <summary>Levenshtein's edit distance.</summary>
    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++) current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            previous = current;
        }

        return previous[^1];
    }
}
