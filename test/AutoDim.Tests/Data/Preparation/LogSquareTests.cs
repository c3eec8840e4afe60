using System.Text;
using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Data.Preparation;

public sealed class LogSquareTests
{
    [Theory]
    [InlineData(-3, -3), InlineData(0, 0), InlineData(1, 1), InlineData(2, 2), InlineData(0.5, 0.5)]
    [InlineData(2.5, 0), InlineData(3, 1), InlineData(7, 3), InlineData(8, 4), InlineData(20, 8), InlineData(21, 9), InlineData(1000, 47), InlineData(1e9, 429)]
    public void Of_Number_IsCriteosRule(double x, double expected) => LogSquare.Of(x).ShouldBe(expected);

    [Fact]
    public void Of_WholeNumbers_EqualTheLogarithm()
    {
        for (var x = 3; x < 10_000; x++) LogSquare.Of(x).ShouldBe(Math.Floor(Math.Log(x) * Math.Log(x)));
    }

    [Fact]
    public void Parse_FieldOfThisRule_GivesTheResult()
    {
        var field = new FieldSchema { Column = "x", Kind = FieldKind.Numeric, Buckets = new BucketSchema(BucketSchema.LogSquare, []) };
        Cell(field, "1000").ShouldBe(47);
        Cell(field, "-1").ShouldBe(-1);
        Cell(field with { Buckets = null }, "1000").ShouldBe(1000);
        Cell(field with { Hash = 10 }, "1000").ShouldBe(1000);
    }

    private static double Cell(FieldSchema field, string text)
    {
        var column = new CellColumn(multiValued: false);
        new CellParser(new Schema { Fields = [field] }, needsLabel: false).Parse(0, Encoding.UTF8.GetBytes(text), column).ShouldBeNull();
        return BitConverter.UInt64BitsToDouble(column.Values[0]);
    }
}
