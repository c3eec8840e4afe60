using System.Globalization;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>A small click log as CSV, and prepared, in a folder of its own.</summary>
internal sealed class PreparedClicks : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PreparedClicks(int rows = 900, ulong seed = 1)
    {
        Write(Csv, rows, new CounterRandom(seed, 5), unseen: "");
        Write(Later, rows / 5, new CounterRandom(seed, 6), unseen: "0,u99,,t9,,i99|i1\n1,,i1,,1e9,\n");
        File.WriteAllText(folder.File("schema.yaml"), """
            label: {column: click}
            fields:
              - {column: user}
              - {column: item}
              - {column: tags, kind: multi, separator: "|"}
              - {column: price, kind: numeric, count: 8}
            sequences: [{name: past, of: item, column: past, separator: "|", length: 3}]

            """);
        Preparation.Run(new PrepareOptions { Files = [Csv], TestFiles = [Later], Schema = Schema, Out = Folder });
    }

    /// <summary>The raw rows of training and validation.</summary>
    public string Csv => folder.File("clicks.csv");

    /// <summary>The raw rows of the test split, in its order; two of them with unseen and missing values.</summary>
    public string Later => folder.File("later.csv");

    public string Schema => folder.File("schema.yaml");

    public string Folder => folder.File("clicks");

    public ClickData Open() => ClickData.Open(Folder);

    public void Dispose() => folder.Dispose();

    private static void Write(string path, int rows, CounterRandom random, string unseen)
    {
        using var writer = new StreamWriter(path);
        writer.Write("click,user,item,tags,price,past\n");
        for (var i = 0L; i < rows; i++)
        {
            var p = i * 8;
            long user = random.Below(p, 12), item = random.Below(p + 1, 9), tag = random.Below(p + 2, 5), other = random.Below(p + 3, 5);
            var price = random.Uniform(p + 4) * 100;
            var logit = (2 * Math.Sin((user * 1.3) + item)) + (price / 50) - 1;
            var click = random.Uniform(p + 5) < 1 / (1 + Math.Exp(-logit)) ? 1 : 0;
            var past = string.Join('|', Enumerable.Range(0, (int)(i % 5)).Select(v => $"i{(item + v) % 9}"));
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{click},u{user},i{item},{(tag == other ? $"t{tag}" : $"t{tag}|t{other}")},{price:F2},{past}\n"));
        }

        writer.Write(unseen);
    }
}
