using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class DelimitedReaderTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    /// <summary>Cells of fields a and b, row by row, after every way of writing the same four rows.</summary>
    [Theory]
    [InlineData("log.csv", "", "y,a,b\n1,u,3\n0,v,\n1,\"w, x\",5\n0,u,3\n")]
    [InlineData("log.csv", "", "y,a,b\r\n1,u,3\r\n0,v,\r\n1,\"w, x\",5\r\n0,u,3")]
    [InlineData("log.csv", "", "﻿y , a, b\n1, u ,3 \n0,v,\n\n1, \"w, x\" ,5\n0,u,3\n\n")]
    [InlineData("log.txt", "", "y;a;b\n1;u;3\n0;v;\n1;w, x;5\n0;u;3\n")]
    [InlineData("log.txt", "delimiter: '|'", "b|other|a|y\n3|z|u|1\n|z|v|0\n5|z|w, x|1\n3|z|u|0\n")]
    [InlineData("log.tsv", "", "y\ta\tb\n1\tu\t3\n0\tv\t\n1\tw, x\t5\n0\tu\t3\n")]
    [InlineData("log.dat", "delimiter: tab", "y\ta\tb\n1\tu\t3\n0\tv\t\n1\t\"w, x\"\t5\n0\tu\t3\n")]
    [InlineData("log.dat", "delimiter: tab\nquotes: false", "y\ta\tb\n1\t u\t3\n0\tv\t\n1\tw, x \t5\r\n0\tu\t3\n")]
    [InlineData("log.csv", "header: false\ncolumns: [y, a, b]", "1,u,3\n0,v,\n1,\"w, x\",5\n0,u,3\n")]
    [InlineData("log.csv", "columns: [y, a, b]", "1,u,3\n0,v,\n1,\"w, x\",5\n0,u,3\n")]
    [InlineData("log.csv", "columns: [y, a, b]", "\"y\", a,b\n1,u,3\n0,v,\n1,\"w, x\",5\n0,u,3\n")]
    [InlineData("log.csv", "header: false\ncolumns: [y, a, b]", "﻿1,u,3\n0,v,\n1,\"w, x\",5\n0,u,3\n")]
    public void Read_AnyFormat_GivesTheSameCells(string name, string keys, string text)
    {
        foreach (var path in (string[])[log.Write(name, text), log.WriteGzip(name + ".gz", text)])
        {
            var schema = SchemaFile.Parse($"{keys}\nlabel: {{column: y}}\nfields: [{{column: a}}, {{column: b, kind: numeric}}]", "schema");
            var chunk = Read(path, schema);
            chunk.Labels[..chunk.Count].ShouldBe([1f, 0f, 1f, 0f]);
            chunk.Columns[0].Values.ToArray().ShouldBe(new[] { "u", "v", "w, x", "u" }.Select(value => Fingerprint.Of(System.Text.Encoding.UTF8.GetBytes(value))));
            chunk.Columns[1].Values.ToArray().ShouldBe([Bits(3), CellColumn.Missing, Bits(5), Bits(3)]);
        }
    }

    [Fact]
    public void Read_QuotesArePlain_StayInTheValue()
    {
        var schema = SchemaFile.Parse("quotes: false\nlabel: {column: y}\nfields: [{column: a}]", "schema");
        var chunk = Read(log.Write("log.csv", "y,a\n1,\"u\n0,u\n"), schema);
        chunk.Columns[0].Values.ToArray().ShouldBe([Fingerprint.Of("\"u"u8), Fingerprint.Of("u"u8)]);
    }

    [Fact]
    public void Read_Utf16_IsReadAsItsMarkSays()
    {
        File.WriteAllText(log.Path("log.csv"), "y,a\n1,é\n0,u\n", System.Text.Encoding.Unicode);
        var chunk = Read(log.Path("log.csv"), SchemaFile.Parse("label: {column: y}\nfields: [{column: a}]", "schema"));
        chunk.Columns[0].Values.ToArray().ShouldBe([Fingerprint.Of("é"u8), Fingerprint.Of("u"u8)]);
    }

    [Fact]
    public void Read_MoreThanAChunk_GoesOn()
    {
        var rows = (3 * RecordChunk.Capacity) + 5;
        var path = log.Write("log.csv", "y,a\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i % 2},{i}\n")));
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        var schema = SchemaFile.Parse("label: {column: y}\nfields: [{column: a, kind: numeric}]", "schema");
        using var chunks = new ReadAhead(path, new DelimitedReader(path, schema, true, null), ReadAhead.ChunksFor(schema), bad);
        List<ulong> read = [];
        while (chunks.Next() is { } chunk) read.AddRange(chunk.Columns[0].Values);
        read.ShouldBe(Enumerable.Range(0, rows).Select(i => Bits(i)));
    }

    [Theory]
    [InlineData("y,a,b\n1,u,3\n1,u,3,4\n", "line 3: the row has 4 values, expected 3")]
    [InlineData("y,a,b\n1,u,3\n\n\"0\",\"u\n\n\",3\n1,u\n", "line 7: the row has 2 values, expected 3")]
    [InlineData("y,a,b\n1,u,3\n1,u,cheap\n", "line 3: column 'b' is 'cheap', not a number")]
    [InlineData("y,a,b\nclicked,u,3\n", "line 2: label column 'y' is 'clicked', expected 1 or 0")]
    public void Read_BadRow_IsToldWithItsPlace(string text, string problem)
    {
        var path = log.Write("log.csv", text);
        var schema = SchemaFile.Parse("label: {column: y}\nfields: [{column: a}, {column: b, kind: numeric}]", "schema");
        Should.Throw<AutoDimException>(() => Read(path, schema)).Message.ShouldStartWith($"{path}, {problem}");
    }

    [Fact]
    public void Read_BadRowLeftOut_LeavesNoTraceInTheChunk()
    {
        var path = log.Write("log.csv", "y,a,tags,b\n1,u,p|q,3\n0,v,r|s,none\n0,v,r,4\nx,v,r,4\n1,w,,5\n");
        var schema = SchemaFile.Parse("label: {column: y}\nfields: [{column: a}, {column: tags, kind: multi, separator: '|'}, {column: b, kind: numeric}]", "schema");
        using var bad = new BadRows(BadRowPolicy.Skip, null);
        var chunk = Read(path, schema, bad);
        chunk.Count.ShouldBe(3);
        chunk.Labels[..3].ShouldBe([1f, 0f, 1f]);
        chunk.Columns[0].Values.Length.ShouldBe(3);
        chunk.Columns[1].Starts.ToArray().ShouldBe([0, 2, 3, 3]);
        chunk.Columns[2].Values.ToArray().ShouldBe([Bits(3), Bits(4), Bits(5)]);
        bad.Count.ShouldBe(2);
    }

    [Theory, InlineData(BadRowPolicy.Fail), InlineData(BadRowPolicy.Skip)]
    public void Read_QuoteNeverClosed_IsAnErrorUnderAnyPolicy(BadRowPolicy policy)
    {
        var path = log.Write("log.csv", "y,a\n1,u\n0,\"v\n1,w\n0,x\n");
        using var bad = new BadRows(policy, null);
        Should.Throw<AutoDimException>(() => Read(path, SchemaFile.Parse("label: {column: y}\nfields: [{column: a}]", "schema"), bad))
            .Message.ShouldStartWith($"{path}, line 3: a quote is opened and never closed");
    }

    [Theory]
    [InlineData("y,a,b\n", "column: c", "has no column 'c' for field 'c'; it has y, a, b")]
    [InlineData("y,a,a\n", "column: a", "has two columns 'a', so that field 'a' is not clear")]
    [InlineData("x,a,b\n", "column: a", "has no column 'y' for the label; it has x, a, b")]
    public void New_HeaderDoesNotFit_SaysWhatItHas(string header, string field, string problem)
        => Should.Throw<AutoDimException>(() => Read(log.Write("log.csv", header), SchemaFile.Parse($"label: {{column: y}}\nfields: [{{{field}}}]", "schema"))).Message.ShouldContain(problem);

    [Fact]
    public void New_LabelNotNeeded_ReadsFilesWithAndWithout()
    {
        var schema = SchemaFile.Parse("label: {column: y}\nfields: [{column: a}]\nsplit: {by: key, column: user}", "schema");
        Read(log.Write("with.csv", "a,y\nu,1\nv,?\n"), schema, needsLabel: false).Labels[..2].ShouldBe([1f, 0f]);
        Read(log.Write("without.csv", "a\nu\n"), schema, needsLabel: false).Count.ShouldBe(1);
    }

    private static RecordChunk Read(string path, Schema schema, BadRows? bad = null, bool needsLabel = true)
        => ReadRows.Of(path, new DelimitedReader(path, schema, needsLabel, null), schema, bad);

    private static ulong Bits(double number) => BitConverter.DoubleToUInt64Bits(number);
}
