using System.Globalization;

namespace WebShop;

/// <summary>Something to sell.</summary>
/// <param name="Tags">Joined by |, as in the shop's log.</param>
internal sealed record Product(string Id, string Tags, double Price)
{
    /// <summary>Its fields, as the log names them.</summary>
    public IReadOnlyDictionary<string, string?> Row => new Dictionary<string, string?> { ["item"] = Id, ["tags"] = Tags, ["price"] = Price.ToString(CultureInfo.InvariantCulture) };

    /// <summary>Reads lines of id,tags,price after a line of names.</summary>
    public static Product[] Load(string path) => [.. File.ReadLines(path).Skip(1).Select(line => line.Split(',')).Select(cells => new Product(cells[0], cells[1], double.Parse(cells[2], CultureInfo.InvariantCulture)))];
}
