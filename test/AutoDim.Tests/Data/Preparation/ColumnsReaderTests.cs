using System.Globalization;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class ColumnsReaderTests : IDisposable
{
    private const string Schema = "label: {column: y}\nfields: [{column: user}, {column: price, kind: numeric}, {column: tags, kind: multi}]\nsplit: {by: key, column: user}";

    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public void Prepare_SeveralChunks_EqualsTheCsv()
    {
        int[] users = [.. Enumerable.Range(0, 20_000).Select(i => i * 7919 % 500)];
        string?[] prices = [.. users.Select((_, i) => i % 10 == 0 ? null : (i % 97 / 8.0).ToString(CultureInfo.InvariantCulture))];
        RawColumn[] columns =
        [
            RawColumn.Of("price", prices),
            RawColumn.Of("unused", [.. users.Select(_ => "é")]),
            RawColumn.Of("user", [.. users.Select(user => $"ü{user}")]),
            RawColumn.Of("y", [.. users.Select(user => $"{user % 2}")]),
            RawColumn.Of("tags", [.. users.Select(user => user % 3 == 0 ? "" : $"t{user % 5},t{user % 7}")]),
        ];
        var csv = log.Write("log.csv", "y,user,price,tags\n" + string.Concat(users.Select((user, i) => $"{user % 2},ü{user},{prices[i]},\"{(user % 3 == 0 ? "" : $"t{user % 5},t{user % 7}")}\"\n")));
        var fromFile = log.Run(Schema, csv);
        var fromColumns = ClickLog.Run(new PrepareOptions { Columns = columns, ParsedSchema = SchemaFile.Parse(Schema, "schema"), Out = log.Path("columns") });
        fromColumns.Splits.Select(split => (split.Rows, split.Positives)).ShouldBe(fromFile.Splits.Select(split => (split.Rows, split.Positives)));
        fromColumns.Fingerprint.ShouldBe(fromFile.Fingerprint);
        fromColumns.Sources.ShouldBe(["columns in memory"]);
    }

    [Fact]
    public void Prepare_BadRow_FollowsThePolicy()
    {
        RawColumn[] columns = [RawColumn.Of("y", [.. Enumerable.Range(0, 100).Select(i => i == 2 ? "2" : $"{i / 2 % 2}")]), RawColumn.Of("a", [.. Enumerable.Range(0, 100).Select(i => $"{i % 5}")])];
        Should.Throw<AutoDimException>(() => Prepare(columns)).Message.ShouldStartWith("columns in memory, line 3: label column 'y' is '2', expected 1 or 0");
        Prepare(columns, BadRowPolicy.Skip).BadRows.ShouldBe(1);
    }

    [Fact]
    public void Prepare_WrongColumns_SaysWhich()
    {
        var y = RawColumn.Of("y", ["1", "0"]);
        Should.Throw<AutoDimException>(() => Prepare([y])).Message.ShouldBe("there is no column 'a' for field 'a'; there are y");
        Should.Throw<AutoDimException>(() => Prepare([y, RawColumn.Of("a", ["x"])])).Message.ShouldBe("column 'a' has 1 rows, column 'y' has 2; give all columns the same rows");
        Should.Throw<AutoDimException>(() => Prepare([y, RawColumn.Of("a", ["x", "x"]), RawColumn.Of("a", ["x", "x"])])).Message.ShouldContain("two columns 'a'");
        Should.Throw<AutoDimException>(() => ClickLog.Run(new PrepareOptions { Columns = [y], Out = log.Out })).Message.ShouldContain("need a schema");
        Should.Throw<AutoDimException>(() => ClickLog.Run(new PrepareOptions { Columns = [y], Files = ["log.csv"], Out = log.Out })).Message.ShouldContain("give one of the two");
    }

    [Fact]
    public void Guess_Columns_AsOfTheCsv()
    {
        string[] prices = [.. Enumerable.Range(0, 200).Select(i => (i / 4.0).ToString(CultureInfo.InvariantCulture))];
        RawColumn[] columns = [RawColumn.Of("click", [.. prices.Select((_, i) => i % 5 == 0 ? "yes" : "no")]), RawColumn.Of("price", prices), RawColumn.Of("id", [.. prices.Select((_, i) => $"{i}")])];
        var csv = log.Write("log.csv", "click,price,id\n" + string.Concat(prices.Select((price, i) => $"{(i % 5 == 0 ? "yes" : "no")},{price},{i}\n")));
        SchemaFile.Write(SchemaGuess.Of(columns, "click")).ShouldBe(SchemaFile.Write(SchemaGuess.Of(csv, "click") with { Delimiter = null }));
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(columns, "clicks")).Message.ShouldBe("columns in memory has no column 'clicks'; it has click, price, id");
    }

    private AutoDim.Data.DataManifest Prepare(RawColumn[] columns, BadRowPolicy policy = BadRowPolicy.Fail)
        => ClickLog.Run(new PrepareOptions { Columns = columns, ParsedSchema = SchemaFile.Parse("label: {column: y}\nfields: [{column: a}]", "schema"), Out = log.Out, OnBadRow = policy });
}
