using System.Text.Json;
using System.Text.RegularExpressions;

namespace AutoDim;

/// <summary>Why the system or a parser refused something, in our words: without the path that our own message names, ready to be followed by the fix.</summary>
internal static partial class Reason
{
    public static string Of(Exception exception) => exception switch
    {
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => "there is no such folder",
        UnauthorizedAccessException => "access is denied",
        JsonException json => Json(json),
        _ => PathAtEnd().Replace(exception.Message, "").TrimEnd('.'),
    };

    /// <summary>Line and column count from 1.</summary>
    private static string Json(JsonException exception)
    {
        var text = Place().Replace(exception.Message, "");
        text = Lacking().Replace(text, "it lacks $1");
        text = OtherType().Replace(text, match => $"expected {NameOf(match.Groups[1].Value)}").TrimEnd('.', ' ');
        return exception.LineNumber is { } line ? $"line {line + 1}, column {exception.BytePositionInLine + 1}{(exception.Path is null or "$" ? "" : $", at {exception.Path}")}: {text}" : text;
    }

    private static string NameOf(string type) => type switch
    {
        "System.Int32" or "System.Int64" or "System.UInt64" => "a whole number",
        "System.Double" or "System.Single" => "a number",
        "System.Boolean" => "true or false",
        "System.String" => "a text",
        _ => type.Contains("List", StringComparison.Ordinal) ? "a list" : "another value",
    };

    [GeneratedRegex(@" : '[^']*'$")]
    private static partial Regex PathAtEnd();

    [GeneratedRegex(@"\.? (?:Path: .* \| )?LineNumber: \d+ \| BytePositionInLine: \d+\.?$", RegexOptions.Singleline)]
    private static partial Regex Place();

    [GeneratedRegex(@"JSON deserialization for type '[^']*' was missing required properties including: (.*)$", RegexOptions.Singleline)]
    private static partial Regex Lacking();

    [GeneratedRegex(@"The JSON value could not be converted to (\S+?)\.?$")]
    private static partial Regex OtherType();
}
