using System.Diagnostics;
using System.Globalization;
using AutoDim.Data.Preparation;
using AutoDim.Numerics;
using AutoDim.Runs;

namespace AutoDim.Cli.Benchmarks;

/// <summary>Preparation of a generated file in Criteo's format: label, 13 numbers, 26 hexadecimal tokens, tabs between, some cells empty.</summary>
internal static class PreparationSheet
{
    private const int Numbers = 13, Tokens = 26;
    private const double Empty = 0.1;
    private const int RowsPerBlock = 100_000;

    public static Sheet Measure(long bytes, string folder)
    {
        Directory.CreateDirectory(folder);
        string log = Path.Combine(folder, "clicks.tsv"), schema = Path.Combine(folder, "schema.yaml"), prepared = Path.Combine(folder, "prepared");
        Write(log, bytes);
        File.WriteAllText(schema, Schema());
        MemoryUse.Reset();
        var start = Stopwatch.GetTimestamp();
        Preparation.Run(new PrepareOptions { Files = [log], Schema = schema, Out = prepared, Overwrite = true });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var (input, output) = (new FileInfo(log).Length, Directory.GetFiles(prepared, "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length));
        var sheet = new Sheet("bench-prepare", ("input", null), ("seconds", "F1"), ("MB/s", "F0"), ("peak memory", null), ("output, of the input", "P0"));
        sheet.Add(ByteSize.Show(input), seconds, input / seconds / 1e6, ByteSize.Show(MemoryUse.Peak), (double)output / input);
        return sheet;
    }

    /// <summary>As samples/schemas/criteo.yaml.</summary>
    private static string Schema()
    {
        string[] numbers = [.. Enumerable.Range(1, Numbers).Select(i => $"I{i}")], tokens = [.. Enumerable.Range(1, Tokens).Select(i => $"C{i}")];
        return $"delimiter: tab\nheader: false\nquotes: false\ncolumns: [label, {string.Join(", ", numbers.Concat(tokens))}]\nlabel: {{column: label}}\nminCount: 10\nfields:\n"
            + string.Concat(numbers.Select(name => $"  - {{column: {name}, kind: numeric, buckets: log-square, minCount: 1}}\n"))
            + string.Concat(tokens.Select(name => $"  - {{column: {name}}}\n"));
    }

    private static void Write(string path, long bytes)
    {
        var random = new CounterRandom(11, 0xC217E0);
        using var writer = new StreamWriter(path, append: false, System.Text.Encoding.ASCII, 1 << 20);
        var position = 0L;
        for (var written = 0L; written < bytes;)
        {
            for (var row = 0; row < RowsPerBlock; row++)
            {
                writer.Write(random.Below(position++, 4) == 0 ? '1' : '0');
                for (var i = 0; i < Numbers; i++)
                {
                    writer.Write('\t');
                    if (random.Uniform(position++) >= Empty) writer.Write(((long)Math.Exp(8 * random.Uniform(position++))).ToString(CultureInfo.InvariantCulture));
                }

                for (var i = 0; i < Tokens; i++)
                {
                    writer.Write('\t');
                    if (random.Uniform(position++) < Empty) continue;
                    // A power law over each field's values, hashed so that a token says nothing about its rank.
                    var rank = (uint)Math.Pow(10 * (i + 1), 4 * random.Uniform(position++));
                    writer.Write(((rank * 2654435761u) ^ (uint)i).ToString("x8", CultureInfo.InvariantCulture));
                }

                writer.Write('\n');
            }

            writer.Flush();
            written = new FileInfo(path).Length;
        }

        ((FileStream)writer.BaseStream).Flush(flushToDisk: true); // else the disk would still write it while preparation is timed
    }
}
