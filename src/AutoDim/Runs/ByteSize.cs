using System.Globalization;
using System.Text.RegularExpressions;

namespace AutoDim.Runs;

/// <summary>Sizes as people write and read them.</summary>
internal static partial class ByteSize
{
    /// <summary>"64MB", "512 KiB", "1000000" or, of <paramref name="whole"/>, "25%".</summary>
    /// <param name="name">What the text is for, in an error.</param>
    /// <exception cref="AutoDimException">The text is none of these, or not above 0.</exception>
    public static long Parse(string text, long whole, string name = "budget")
    {
        var match = Pattern().Match(text.Trim());
        var bytes = 0.0;
        if (match.Success)
        {
            var unit = match.Groups[2].Value.ToUpperInvariant() switch
            {
                "%" => whole / 100.0,
                "" or "B" => 1,
                "K" or "KB" => 1e3,
                "KIB" => 1 << 10,
                "M" or "MB" => 1e6,
                "MIB" => 1 << 20,
                "G" or "GB" => 1e9,
                _ => 1 << 30,
            };
            bytes = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * unit;
        }

        return bytes >= 1 ? (long)bytes : throw new AutoDimException($"{name} '{text}' is not a size above 0, such as 64MB, 512KiB or 25%");
    }

    /// <summary>Three significant digits and a decimal unit.</summary>
    public static string Show(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => Three(bytes / 1e3) + " kB",
        < 1_000_000_000 => Three(bytes / 1e6) + " MB",
        _ => Three(bytes / 1e9) + " GB",
    };

    private static string Three(double number) => number.ToString(number < 10 ? "0.00" : number < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*(%|[KMG]i?B|[KMG]|B|)$", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
