using System.Text;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;
using CsCheck;
using CsvHelper;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>Text read by our own tokeniser, as far as it is plain, beside what CsvHelper makes of all of it.</summary>
public sealed class PlainTextTests : IDisposable
{
    private static readonly Gen<string> Plain = Any("a", "b", "7", ",", ",", ",", ",", " ", "\t", "\n", "\n", "\r\n", "é", "\0", "\uFEFF", "long enough to pass the sixty-four bytes that are looked at in one go,", "1,2,3\n");
    private static readonly Gen<string> Odd = Any("\"", "\"", "\r", "\"x,y\"", "\"x\ny\",", "\r\r\n");
    private static readonly Gen<string> Text = Gen.OneOf(
        Plain.Array[0, 60], Gen.Frequency((30, Plain), (1, Odd)).Array[0, 60], Gen.Frequency((3, Plain), (1, Odd)).Array[0, 20]).Select(string.Concat);

    private static Gen<string> Any(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, InlineData(true, false), InlineData(true, true), InlineData(false, false), InlineData(false, true)]
    public void Read_AnyText_EqualsCsvHelper(bool quotes, bool byteOrderMark)
    {
        var path = folder.File("log.csv");
        var schema = new Schema { Delimiter = ",", Quotes = quotes, Header = false, Columns = ["a", "b", "c"], Fields = [new FieldSchema { Column = "c" }, new FieldSchema { Column = "a" }, new FieldSchema { Column = "b" }] };
        Text.Where(text => text.Length > 0).Sample(text =>
        {
            File.WriteAllText(path, text, new UTF8Encoding(byteOrderMark));
            Told(path, new DelimitedReader(path, schema, needsLabel: false, null), schema).ShouldBe(Told(path, new OnlyCsvHelper(path, schema), schema), text);
        }, iter: 1000, threads: 1);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Read_TextInAnyPieces_GivesWholeLines(bool quotes)
        => Gen.Select(Text, Gen.Int[1, 9], Gen.Int[1, 4]).Sample((text, piece, most) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text.TrimStart('\uFEFF'));
            using var lines = new PlainLines(new Trickle(bytes, piece), quotes);
            var block = new TextBlock();
            List<byte> all = [];
            while (lines.Read(block, most))
            {
                block.FirstLine.ShouldBe(1 + all.Count(value => value == '\n'));
                all.AddRange(block.Text);
                block.Text.Count((byte)'\n').ShouldBeLessThanOrEqualTo(most);
                if (all.Count < bytes.Length) block.Text[^1].ShouldBe((byte)'\n');
            }

            var plain = Encoding.UTF8.GetString([.. all]);
            if (quotes) plain.ShouldNotContain("\"");
            plain.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain("\r");
            if (lines.IsPlain) return all.SequenceEqual(bytes);
            var rest = new MemoryStream();
            lines.Rest.CopyTo(rest);
            lines.LinesBeforeRest.ShouldBe(plain.Count(character => character == '\n') - 1L);
            return all.Concat(rest.ToArray().Skip(1)).SequenceEqual(bytes);
        }, iter: 1000);

    [Fact]
    public void Read_LinesLongerThanAPiece_AreWhole()
    {
        var path = folder.File("log.csv");
        var schema = new Schema { Delimiter = ",", Header = false, Columns = ["a", "b"], Fields = [new FieldSchema { Column = "a" }, new FieldSchema { Column = "b" }] };
        var text = new StringBuilder();
        for (var i = 0; i < 30; i++) text.Append(new string((char)('a' + (i % 26)), 400_000)).Append(',').Append(i).Append(i % 3 == 0 ? "\r\n" : "\n");
        for (var i = 0; i < 20_000; i++) text.Append(i).Append(",\n");
        text.Append("\"x\"y,\n"); // CsvHelper goes on here
        File.WriteAllText(path, text.ToString());
        Told(path, new DelimitedReader(path, schema, needsLabel: false, null), schema).ShouldBe(Told(path, new OnlyCsvHelper(path, schema), schema));
    }

    [Fact]
    public void Read_BadRowBeforeAnOpenQuote_IsToldFirst()
    {
        var path = folder.File("log.csv");
        var schema = SchemaFile.Parse("label: {column: y}\nfields: [{column: a}]", "schema");
        File.WriteAllText(path, "y,a\n1,u\n2,u\n1,\"u\n");
        Should.Throw<AutoDimException>(() => ReadRows.Of(path, new DelimitedReader(path, schema, true, null), schema)).Message.ShouldStartWith($"{path}, line 3: label column 'y' is '2'");
        using var bad = new BadRows(BadRowPolicy.Skip, null);
        Should.Throw<AutoDimException>(() => ReadRows.Of(path, new DelimitedReader(path, schema, true, null), schema, bad)).Message.ShouldStartWith($"{path}, line 4: a quote is opened and never closed");
        bad.FirstProblems.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("\"y\",a\n1,u\n"), InlineData("\n\r\ny,a\n1,u\n"), InlineData("y,a\r1,u\n"), InlineData("  \ny,a\n\"1\",u"), InlineData("y,a\n\n1,\"u\"\n")]
    public void Read_Header_IsNoRow(string text)
    {
        var path = folder.File("log.csv");
        File.WriteAllText(path, text);
        foreach (var columns in (string[])["", "columns: [y, a]\n"])
        {
            var schema = SchemaFile.Parse($"{columns}label: {{column: y}}\nfields: [{{column: a}}]", "schema");
            var rows = ReadRows.Of(path, new DelimitedReader(path, schema, true, null), schema);
            rows.Columns[0].Values.ToArray().ShouldBe([Fingerprint.Of("u"u8)]);
        }
    }

    /// <summary>Cells, rows left out, and the error at the end.</summary>
    private static string Told(string path, IRecordReader reader, Schema schema)
    {
        var (good, left) = (new StringBuilder(), new StringBuilder());
        using var bad = new BadRows(BadRowPolicy.Skip, null);
        using var rows = new ReadAhead(path, reader, ReadAhead.ChunksFor(schema), bad);
        try
        {
            while (rows.Next() is { } chunk)
            {
                for (var row = 0; row < chunk.Count; row++) good.AppendJoin(' ', chunk.Columns.Select(column => column.Values[row])).Append('\n');
                foreach (var row in chunk.BadRows) left.Append($"{row.Line} {row.Problem} {Convert.ToHexString(row.Text)}\n");
            }
        }
        catch (AutoDimException exception)
        {
            return $"{bad.Count} {string.Join('\n', bad.FirstProblems)} {exception.Message}"; // how many rows were given before is the reader's affair
        }

        return $"{good}{left}";
    }

    private sealed class OnlyCsvHelper : IRecordReader
    {
        private readonly QuotedRows rows;

        public OnlyCsvHelper(string path, Schema schema)
        {
            var cells = new CellParser(schema, needsLabel: false, hasLabel: false);
            string[] names = [.. schema.Columns!];
            rows = new QuotedRows(path, CsvReader.Create(InputFile.Open(path), QuotedRows.Options(schema, path)), cells, names.Length, [.. cells.Columns.Select(column => Array.IndexOf(names, column.Name))], !schema.Quotes, 0);
        }

        public bool Read(RecordChunk chunk)
        {
            chunk.Clear();
            return rows.Read(chunk);
        }

        public void Dispose() => rows.Dispose();
    }

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(most, buffer.Length)]);
    }
}
