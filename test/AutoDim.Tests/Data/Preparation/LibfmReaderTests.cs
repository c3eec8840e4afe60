using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class LibfmReaderTests : IDisposable
{
    private static readonly LibfmField[] Fields = [new("user", 0, 9), new("item", 10, (1L << 33) + 10)];

    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData("1 3:1 12:1\n-1 9:1 10:1\n0 0:1 8589934602:1\n")]
    [InlineData("\r\n1  3:1\t12:1 \r\n\n+1 9 10\r\n0 0:1 8589934602:1")]
    public void Read_Lines_GiveLabelsAndIds(string text)
    {
        foreach (var path in (string[])[log.Write("a.libfm", text), log.WriteGzip("a.libfm.gz", text)])
        {
            var chunk = Read(path);
            chunk.Count.ShouldBe(3);
            chunk.Columns[0].Values.ToArray().ShouldBe([3UL, 9UL, 0UL]);
            chunk.Columns[1].Values.ToArray().ShouldBe([12UL, 10UL, 8589934602UL]);
            chunk.Labels[0].ShouldBe(1);
            chunk.Labels[2].ShouldBe(0);
        }
    }

    [Theory]
    [InlineData("1 3:1 12:1\n\n2 3:1 12:1\n", "line 3: label '2' is not 1, 0 or -1")]
    [InlineData("x 3:1 12:1\n", "line 1: label 'x' is not 1, 0 or -1")]
    [InlineData("1 3:1\n", "line 1: the row has 1 ids, expected 2 (fields.tsv)")]
    [InlineData("1 3:1 12:1 13:1\n", "line 1: the row has more than 2 ids (fields.tsv)")]
    [InlineData("1 3:2 12:1\n", "line 1: '3:2' is not an id with value 1")]
    [InlineData("1 a:1 12:1\n", "line 1: 'a:1' is not an id with value 1")]
    [InlineData("1 10:1 12:1\n", "line 1: id 10 of field 'user' is outside its range 0 to 9 (fields.tsv)")]
    [InlineData("1 3:1 9:1\n", "line 1: id 9 of field 'item' is outside its range 10 to 8589934602 (fields.tsv)")]
    [InlineData("1 -3:1 12:1\n", "line 1: id -3 of field 'user'")]
    public void Read_BadLine_IsToldWithItsPlace(string text, string problem)
        => Should.Throw<AutoDimException>(() => Read(log.Write("a.libfm", text))).Message.ShouldStartWith($"{log.Path("a.libfm")}, {problem}");

    [Fact]
    public void Read_LinesLongerThanTheBuffer_AreWhole()
    {
        var padding = new string(' ', 200_000);
        var chunk = Read(log.Write("a.libfm", $"1 3:1{padding}12:1\n0 4:1{padding}13:1\n"));
        chunk.Columns[1].Values.ToArray().ShouldBe([12UL, 13UL]);
    }

    [Fact]
    public void Read_NoLibfmFile_EndsBeforeMemoryDoes()
        => Should.Throw<AutoDimException>(() => Read(log.WriteGzip("a.libfm.gz", new string('x', 20_000_000)))).Message.ShouldContain("line 1: the line is longer than");

    [Theory]
    [InlineData("user\t0\t9\n\nuser\t10\t12\n", "line 3: two fields are named 'user'")]
    [InlineData("\nuser\t5\t4\n", "line 2: 'user\t5\t4' is not a name, a first and a last id")]
    [InlineData("user 0 9\n", "line 1: 'user 0 9' is not a name")]
    [InlineData("\n", "names no field")]
    public void Load_FieldsThatAreNone_SaysWhere(string text, string problem)
        => Should.Throw<AutoDimException>(() => LibfmField.Load(log.Write("fields.tsv", text))).Message.ShouldContain(problem);

    private static RecordChunk Read(string path)
    {
        var schema = new Schema { Fields = [.. Fields.Select(field => new FieldSchema { Column = field.Name })] };
        return ReadRows.Of(path, new LibfmReader(path, Fields, null), schema);
    }
}
