using System.CommandLine;

namespace AutoDim.Cli;

/// <summary>What was wrong with a command line, in one line that suggests the right word.</summary>
internal static class Misuse
{
    private const int LargestDistance = 3;

    /// <summary>Null where the command line is right.</summary>
    public static string? Of(string[] arguments, ParseResult parsed, Command root)
    {
        var command = parsed.CommandResult.Command;
        var help = command == root ? "autodim --help" : $"autodim {command.Name} --help";
        string[] flags = [.. command.Options.SelectMany(option => option.Aliases.Append(option.Name)), "--help", "--version"];

        // A misspelt flag would be taken for the value of an argument.
        var flag = Array.Find(arguments, text => text.StartsWith("--", StringComparison.Ordinal) && !flags.Contains(text.Split('=')[0]));
        if (flag != null) return $"'{flag}' is not a flag of this command{Suggestion(flag, flags)} See: {help}";
        if (parsed.Errors.Count == 0) return null;
        if (parsed.UnmatchedTokens.Count == 0) return $"{parsed.Errors[0].Message.TrimEnd('.')}; see: {help}";
        var token = parsed.UnmatchedTokens[0];
        return command == root
            ? $"'{token}' is not a command{Suggestion(token, command.Subcommands.Select(sub => sub.Name))} See: {help}"
            : $"'{token}' is one argument too many; see: {help}";
    }

    private static string Suggestion(string word, IEnumerable<string> known)
    {
        var (nearest, distance) = known.Select(name => (Name: name, Distance: Distance(word, name))).MinBy(item => item.Distance);
        return distance <= LargestDistance ? $"; did you mean {nearest}?" : ".";
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
