using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class SchemaGuessTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    private static string Rows(int count) => string.Concat(Enumerable.Range(0, count).Select(i =>
        $"{(i * 7 % 3 == 0 ? 1 : 0)};row{i};{1_000_000 + (i * 3)};u{i % 50};{i % 7};{i * 0.37:F3};{i % 90};\"t{i % 4},t{i % 3}\"\n"));

    [Fact]
    public void Of_Columns_KindsByTheirValues()
    {
        var schema = SchemaGuess.Of(log.Write("log.csv", $"click;row;id;user;weekday;price;age;tags\n{Rows(400)}"), "click");
        schema.Delimiter.ShouldBe(";");
        schema.Label.ShouldBe(new LabelSchema { Column = "click" });
        schema.Ignore.ShouldBe(["row", "id"]); // a value of its own in every row
        schema.Fields.Select(field => (field.Column, field.Kind)).ShouldBe(
            [("user", FieldKind.Categorical), ("weekday", FieldKind.Categorical), ("price", FieldKind.Numeric), ("age", FieldKind.Numeric), ("tags", FieldKind.Multi)]);
    }

    [Fact]
    public void Of_Guess_WritesLoadsAndPrepares()
    {
        var path = log.Write("log.csv", $"click;row;id;user;weekday;price;age;tags\n{Rows(400)}");
        var guess = SchemaGuess.Of(path, "click");
        var written = SchemaFile.Write(guess);
        SchemaFile.Parse(written, "guess.yaml").ShouldEqual(guess);
        var rows = log.Prepare(written, path);
        rows.Labels.Length.ShouldBe(400);
        rows.TableRows("user").ShouldBe(52);
        rows.TableRows("price").ShouldBe(2 + 32);
        rows.Values("tags")[5].Length.ShouldBe(2);
    }

    [Fact]
    public void Of_LabelOfTexts_TheRareOneIsThePositive()
        => SchemaGuess.Of(log.Write("log.csv", "bought,item\nno,a\nyes,b\nno,c\n,d\n"), "bought").Label.ShouldBe(new LabelSchema { Column = "bought", Positive = "yes" });

    [Fact]
    public void Of_TextsForNoValue_AreMissingAndNumbersStayNumbers()
    {
        var path = log.Write("log.csv", "click,age,job,label of none\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"{i % 2},{(i % 7 == 0 ? "?" : $"{i % 60}")},{(i % 5 == 0 ? "NULL" : $"j{i % 3}")},none\n")));
        var schema = SchemaGuess.Of(path, "click");
        schema.Missing.ShouldBe(["?", "NULL"]);
        schema.Fields.Select(field => field.Kind).ShouldBe([FieldKind.Numeric, FieldKind.Categorical, FieldKind.Categorical]);
        log.Prepare(SchemaFile.Write(schema), path).TableRows("job").ShouldBe(2 + 3);
    }

    [Fact]
    public void Of_TabsAndGzip_AreSeen()
        => SchemaGuess.Of(log.WriteGzip("log.tsv.gz", "click\tuser\n1\ta\n0\tb\n"), "click").ShouldEqual(
            new Schema { Delimiter = "tab", Label = new LabelSchema { Column = "click" }, Fields = [new FieldSchema { Column = "user" }] });

    [Fact]
    public void Of_NoSuchColumnRowsOrFile_SaysSo()
    {
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Write("a.csv", "y,a,b\n1,2,3\n"), "click")).Message.ShouldEndWith("has no column 'click'; it has y, a, b");
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Path("a.csv"), "")).Message.ShouldEndWith("says whether something was clicked? name it with --label; it has y, a, b");
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Write("b.csv", "click,a\n"), "click")).Message.ShouldEndWith("has a header but no rows");
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Write("c.csv", "click,a\n,1\n,2\n"), "click")).Message.ShouldContain("column 'click'");
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Write("d.csv", "click,a\n1,\"x\n"), "click")).Message.ShouldContain("line 2: a quote is opened and never closed");
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Path("none.csv"), "click")).Message.ShouldStartWith("cannot read");
        Should.Throw<AutoDimException>(() => SchemaGuess.Of(log.Path("x.parquet"), "click")).Message.ShouldContain("is Parquet");
    }
}
