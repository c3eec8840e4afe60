using System.Globalization;
using System.Text.RegularExpressions;

namespace AutoDim.Settings;

/// <summary>Values of settings as text and back.</summary>
internal static partial class SettingText
{
    public static string Write(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        Enum item => Hyphenated(item.ToString()),
        IReadOnlyList<int> list => string.Join(',', list.Select(item => item.ToString(CultureInfo.InvariantCulture))),
        IReadOnlyList<double> list => string.Join(',', list.Select(item => item.ToString("R", CultureInfo.InvariantCulture))),
        IReadOnlyList<string> list => string.Join(',', list),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    public static bool TryRead(string text, Type type, out object value)
    {
        var culture = CultureInfo.InvariantCulture;
        object? read = null;
        if (type == typeof(string)) read = text;
        else if (type == typeof(bool)) read = text is "true" or "" ? true : text is "false" ? false : null;
        else if (type == typeof(int)) read = int.TryParse(text, culture, out var number) ? number : null;
        else if (type == typeof(ulong)) read = ulong.TryParse(text, culture, out var number) ? number : null;
        else if (type == typeof(double)) read = TryNumber(text, out var number) ? number : null;
        else if (type.IsEnum) read = Enum.TryParse(type, text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var item) && Enum.IsDefined(type, item) && !char.IsDigit(text[0]) ? item : null;
        else if (type == typeof(IReadOnlyList<string>)) read = Parts(text);
        else if (type == typeof(IReadOnlyList<int>)) read = List(text, part => int.TryParse(part, culture, out var number) ? number : (int?)null);
        else if (type == typeof(IReadOnlyList<double>)) read = List(text, part => TryNumber(part, out var number) ? number : (double?)null);
        else throw new NotSupportedException($"a setting cannot be a {type}");
        value = read!;
        return read != null;
    }

    /// <summary>"RowWiseAdam" becomes "row-wise-adam".</summary>
    public static string Hyphenated(string name) => Capitals().Replace(name, "-$0").ToLowerInvariant();

    private static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static T[]? List<T>(string text, Func<string, T?> parse)
        where T : struct
    {
        var items = Parts(text).Select(parse).ToArray();
        return items.All(item => item != null) ? [.. items.Select(item => item!.Value)] : null;
    }

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex Capitals();
}
