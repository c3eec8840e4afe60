using System.CommandLine;
using System.CommandLine.Parsing;
using AutoDim.Settings;

namespace AutoDim.Cli;

/// <summary>What was wrong with a command line, in one line that suggests the right word.</summary>
internal static class Misuse
{
    /// <summary>Null where the command line is right.</summary>
    /// <param name="commands">All commands, to tell whose a flag is.</param>
    public static string? Of(string[] arguments, ParseResult parsed, Command root, Func<IEnumerable<Command>> commands)
    {
        var command = parsed.CommandResult.Command;
        var help = command == root ? "autodim --help" : $"autodim {command.Name} --help";
        if (command == root && arguments is [[not '-', ..] word, ..]) return $"'{word}' is not a command{Sentence(Question(word, command.Subcommands.Select(sub => sub.Name)))} See: {help}";
        if (MisspeltFlag(arguments, parsed) is { } flag) return $"'{flag}' is not a flag of {(command == root ? "autodim" : command.Name)}{Sentence(FlagSuggestion(flag, command, commands))} See: {help}";
        if (parsed.Errors.Count == 0) return null;
        if (command == root) return $"name a command, such as demo or prepare; see: {help}";
        if (parsed.UnmatchedTokens.Count == 0) return $"{Text(parsed.Errors[0])}; see: {help}";
        return $"'{parsed.UnmatchedTokens[0]}' is one argument too many; see: {help}";
    }

    /// <summary>
    /// A word that was meant for a flag; the parser would take it for a value. What follows "--" or "=" is a value, whatever it looks like, and so
    /// is a text with spaces.
    /// </summary>
    private static string? MisspeltFlag(string[] arguments, ParseResult parsed) => parsed.Tokens
        .TakeWhile(token => token.Type != TokenType.DoubleDash)
        .Where(token => token.Type == TokenType.Argument && arguments.Contains(token.Value))
        .Select(token => token.Value.Split('=')[0])
        .FirstOrDefault(word => word.Length > 1 && word[0] == '-' && (word[1] == '-' || char.IsAsciiLetter(word[1])) && !word.Contains(' '));

    private static string FlagSuggestion(string flag, Command command, Func<IEnumerable<Command>> commands)
    {
        var own = Question(flag, FlagsOf(command));
        if (own.Length > 0) return own;
        string[] others = [.. commands().Where(other => FlagsOf(other).Contains(flag)).Select(other => other.Name)];
        return others.Length == 0 ? "" : $"; it is one of {string.Join(", ", others)}";
    }

    private static string Question(string word, IEnumerable<string> known) => NearestWord.Suggestion(word, known) is { Length: > 0 } suggestion ? $"{suggestion}?" : "";

    private static string Sentence(string text) => text.EndsWith('?') ? text : $"{text}.";

    private static IEnumerable<string> FlagsOf(Command command) => command.Options.SelectMany(option => option.Aliases.Append(option.Name)).Concat(["--help", "--version"]).Where(flag => flag.StartsWith("--", StringComparison.Ordinal));

    /// <summary>A parser's error in our words: what was given, what was expected.</summary>
    private static string Text(ParseError error)
    {
        if (error.SymbolResult is OptionResult { Option: var option } result)
        {
            var expected = $"{option.HelpName ?? option.Name.TrimStart('-')}: {option.Description}";
            if (result.IdentifierTokenCount == 0 && result.Tokens.Count == 0) return $"{option.Name} is needed ({expected})";
            if (result.Tokens.Count == 0) return $"{option.Name} needs a value ({expected})";
            if (result.IdentifierTokenCount > 1 && option.Arity.MaximumNumberOfValues == 1) return $"{option.Name} is given {result.IdentifierTokenCount} times, expected once";
            return $"{option.Name} is '{result.Tokens[^1].Value}', expected {TypeOf(option.ValueType)} ({option.Description})";
        }

        var missing = error.SymbolResult switch
        {
            ArgumentResult { Argument: var argument } => argument,
            CommandResult command => command.Command.Arguments.FirstOrDefault(argument => command.GetResult(argument) is not { Tokens.Count: > 0 }),
            _ => null,
        };
        return missing == null ? error.Message.TrimEnd('.') : $"<{missing.Name}> is needed ({missing.Description})";
    }

    private static string TypeOf(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? TypeOf(inner)
        : type == typeof(bool) ? "true or false"
        : type == typeof(double) ? "a number"
        : type == typeof(ulong) ? "a whole number from 0"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : "a text";
}
