using System.Text;
using AutoDim.Data.Preparation;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class CellParserTests
{
    private static readonly Schema Schema = new()
    {
        Missing = ["NA", "?"],
        Label = new LabelSchema { Column = "click" },
        Fields =
        [
            new FieldSchema { Column = "user" },
            new FieldSchema { Column = "price", Kind = FieldKind.Numeric },
            new FieldSchema { Column = "tags", Kind = FieldKind.Multi, Separator = "|" },
        ],
    };

    [Theory]
    [InlineData("1", 1)]
    [InlineData("0", 0)]
    [InlineData("-1", 0)]
    [InlineData("1.0", 1)]
    [InlineData("+1", 1)]
    [InlineData("0e5", 0)]
    public void ParseLabel_OneZeroOrMinusOne_IsAClassWhateverTheSpelling(string text, float expected)
    {
        new CellParser(Schema, needsLabel: true).ParseLabel(Utf8(text), out var label).ShouldBeNull();
        label.ShouldBe(expected);
    }

    [Theory, InlineData("2"), InlineData("0.5"), InlineData("yes"), InlineData(""), InlineData("NaN"), InlineData("1 0")]
    public void ParseLabel_AnythingElse_SaysColumnValueAndFix(string text)
    {
        var problem = new CellParser(Schema, needsLabel: true).ParseLabel(Utf8(text), out _).ShouldNotBeNull();
        problem.ShouldBe($"label column 'click' is '{text}', expected 1 or 0; name the text that means a click with label: positive, or the least number with atLeast");
        new CellParser(Schema, needsLabel: false).ParseLabel(Utf8(text), out var label).ShouldBeNull();
        label.ShouldBe(0);
    }

    [Fact]
    public void ParseLabel_NamedTexts_FollowTheNames()
    {
        var named = Schema with { Label = new LabelSchema { Column = "y", Positive = "yes" } };
        Parse(named, "yes").ShouldBe((1, null));
        Parse(named, "no").ShouldBe((0, null));
        Parse(named, "maybe").ShouldBe((0, null));
        Parse(named, "").Problem.ShouldBe("label column 'y' is '', expected 'yes' or another text");
        var both = Schema with { Label = new LabelSchema { Column = "y", Positive = "yes", Negative = "no" } };
        Parse(both, "no").ShouldBe((0, null));
        Parse(both, "maybe").Problem.ShouldBe("label column 'y' is 'maybe', expected 'yes' or 'no'");
        Parse(both, "", needsLabel: false).ShouldBe((0, null));
        Parse(both, "yes", needsLabel: false).ShouldBe((1, null));

        static (float Label, string? Problem) Parse(Schema schema, string text, bool needsLabel = true)
        {
            var problem = new CellParser(schema, needsLabel).ParseLabel(Utf8(text), out var label);
            return (label, problem);
        }
    }

    [Theory, InlineData("4", 1), InlineData("5.0", 1), InlineData("3.99", 0), InlineData("-1", 0)]
    public void ParseLabel_LeastNumber_DividesTheNumbers(string text, float expected)
    {
        var rated = new CellParser(Schema with { Label = new LabelSchema { Column = "rating", AtLeast = 4 } }, needsLabel: true);
        rated.ParseLabel(Utf8(text), out var label).ShouldBeNull();
        label.ShouldBe(expected);
        rated.ParseLabel(Utf8("good"), out _).ShouldBe("label column 'rating' is 'good', expected a number");
    }

    [Fact]
    public void Parse_AnyNumber_IsExact()
        => Gen.OneOf(Gen.Double, Gen.Long.Select(number => (double)number), Gen.Int[-1000, 1000].Select(number => (double)number)).Where(double.IsFinite).Sample(number =>
        {
            foreach (var text in (string[])[$"{number:R}", $"{number:E17}"]) BitConverter.UInt64BitsToDouble(Cells(1, text)[0]).ShouldBe(number);
        }, iter: 2000);

    [Fact]
    public void Parse_NegativeZero_IsZero()
    {
        foreach (var text in (string[])["0", "-0", "-0.0", "0.0", "-0e3"]) Cells(1, text).ShouldBe([0UL]);
    }

    [Theory, InlineData("abc"), InlineData("1,5"), InlineData("NaN"), InlineData("Infinity"), InlineData("1e999"), InlineData("12 "), InlineData("0x10")]
    public void Parse_NoFiniteNumber_SaysColumnAndValue(string text)
    {
        var column = new CellColumn(false);
        new CellParser(Schema, true).Parse(1, Utf8(text == "12 " ? "12 z" : text), column).ShouldNotBeNull().ShouldStartWith($"column 'price' is '{(text == "12 " ? "12 z" : text)}', not a number");
        column.Values.Length.ShouldBe(0);
    }

    [Fact]
    public void Parse_EmptyOrNamedMissing_IsMissing()
    {
        foreach (var text in (string[])["", "NA", "?"])
        {
            Cells(0, text).ShouldBe([CellColumn.Missing]);
            Cells(1, text).ShouldBe([CellColumn.Missing]);
            Cells(2, text).ShouldBeEmpty();
        }

        Cells(0, "na")[0].ShouldNotBe(CellColumn.Missing);
        Cells(2, "a|NA|b")[1].ShouldBe(CellColumn.Missing);
    }

    [Fact]
    public void Parse_MultiValued_SplitsTrimsAndDropsEmptyParts()
    {
        var expected = new[] { "a", "b c", "a" }.Select(text => Cells(0, text)[0]);
        Cells(2, "a|b c|a").ShouldBe(expected);
        Cells(2, "| a ||b c | a|").ShouldBe(expected);
        Cells(2, "a,b").Length.ShouldBe(1);
    }

    [Fact]
    public void ParseSplitKey_Key_IsUniformAndDependsOnTextAndSeed()
    {
        double Key(string text, ulong seed)
        {
            new CellParser(Schema with { Split = new SplitSchema { By = "key", Column = "user", Seed = seed } }, true).ParseSplitKey(Utf8(text), out var key).ShouldBeNull();
            return key;
        }

        Key("a", 1).ShouldBe(Key("a", 1));
        Key("a", 1).ShouldNotBe(Key("a", 2));
        var keys = Enumerable.Range(0, 2000).Select(i => Key($"user {i}", 1)).ToArray();
        keys.ShouldAllBe(key => key >= 0 && key < 1);
        keys.Average().ShouldBe(0.5, 0.03);
    }

    [Fact]
    public void ParseSplitKey_Time_NumbersAndDatesInOrder()
    {
        var parser = new CellParser(Schema with { Split = new SplitSchema { By = "time", Column = "t" } }, true);
        double Time(string text)
        {
            parser.ParseSplitKey(Utf8(text), out var key).ShouldBeNull();
            return key;
        }

        Time("14102100").ShouldBe(14102100);
        string[] dates = ["2014-10-21", "2014-10-21 00:00:01", "2014-10-21T00:00:02Z", "2014-10-21T02:00:03+02:00", "2015-01-01"];
        dates.Select(Time).ShouldBe(dates.Select(Time).Order());
        dates.Select(Time).Distinct().Count().ShouldBe(dates.Length);
        parser.ParseSplitKey(Utf8("yesterday"), out _).ShouldBe("column 't' is 'yesterday', neither a number nor a date");
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static ulong[] Cells(int field, string text)
    {
        var column = new CellColumn(Schema.Fields[field].Kind == FieldKind.Multi);
        new CellParser(Schema, true).Parse(field, Utf8(text), column).ShouldBeNull();
        return column.Values.ToArray();
    }
}
