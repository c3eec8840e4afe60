using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>The schemas of samples/schemas, on the real data they describe: counts known from the data's own description.</summary>
public sealed class SampleSchemaTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData("adult", "adult/adult.data", null, "adult/adult.test", 14, 32_561, 16_281, 0.24)]
    [InlineData("bank", "bank/bank-additional-full.csv", null, null, 19, 41_188, 0, 0.11)]
    [InlineData("coupon", "coupon/in-vehicle-coupon-recommendation.csv", null, null, 25, 12_678, 0, 0.57)]
    [InlineData("amazon-employee", "amazon-employee/amazon.csv", null, null, 9, 32_769, 0, 0.94)]
    [InlineData("criteo", "criteo-8k/train.tsv", "criteo-8k/dev.tsv", "criteo-8k/test.tsv", 39, 7_200, 391, 0.215)]
    [InlineData("avazu", "avazu-9k/train.csv", "avazu-9k/dev.csv", "avazu-9k/test.csv", 22, 8_087, 432, 0.17)]
    [InlineData("ipinyou", "ipinyou/train.tsv", null, "ipinyou/test.tsv", 13, 2_363, 2_207, 0.03)]
    [InlineData("ml100k", "ml100k/u.data", null, null, 2, 100_000, 0, 0.55)]
    public void Prepare_Sample_HasTheKnownRowsFieldsAndClickRate(string schema, string train, string? valid, string? test, int fields, int givenRows, int testRows, double clickRate)
    {
        var manifest = ClickLog.Run(new PrepareOptions
        {
            Files = [SharedData.Path(train)],
            ValidFiles = valid == null ? [] : [SharedData.Path(valid)],
            TestFiles = test == null ? [] : [SharedData.Path(test)],
            Schema = SharedData.Repository($"samples/schemas/{schema}.yaml"),
            Out = log.Out,
        });
        manifest.BadRows.ShouldBe(0);
        manifest.Fields.Count.ShouldBe(fields);
        var splits = manifest.Splits.ToDictionary(split => split.Name, split => split.Rows);
        var fromFile = splits["train"] + (valid == null ? splits["valid"] : 0) + (test == null ? splits["test"] : 0);
        fromFile.ShouldBe(givenRows);
        if (test != null) splits["test"].ShouldBe(testRows);
        var all = manifest.Splits.Sum(split => split.Rows);
        (manifest.Splits.Sum(split => split.Positives) / (double)all).ShouldBe(clickRate, 0.015);
        ClickData.Verify(log.Out);
        using var data = ClickData.Open(log.Out);
        foreach (var split in new[] { data.Train, data.Valid, data.Test }) PreparedRows.Of(split, data.Fields).Labels.Length.ShouldBe((int)split.RowCount);
        manifest.Warnings.ShouldAllBe(warning => warning.EndsWith("has one value only in training; it can tell little"));
    }

    [Theory]
    [InlineData("frappe", 202_027, 57_722, 28_860, 10, 5_382)]
    [InlineData("ml10m-tags", 200_718, 57_348, 28_674, 3, 26_849)]
    public void Prepare_LibfmFolder_HasTheKnownRowsAndIds(string folder, int train, int valid, int test, int fields, int ids)
    {
        var manifest = ClickLog.Run(new PrepareOptions { Files = [SharedData.Path(folder)], Out = log.Out });
        manifest.Splits.Select(split => split.Rows).ShouldBe([train, valid, test]);
        manifest.Fields.Count.ShouldBe(fields);
        manifest.Fields.Sum(field => field.Rows).ShouldBe(ids);
        (manifest.Splits[0].Positives / (double)train).ShouldBe(1 / 3.0, 0.01);
        ClickData.Verify(log.Out);
    }

    [Fact]
    public void Guess_RealFile_PreparesAsItIs()
    {
        var file = SharedData.Path("avazu-9k/train.csv");
        var guess = SchemaGuess.Of(file, "click");
        guess.Ignore.ShouldBe(["id"]);
        var manifest = log.Run(SchemaFile.Write(guess), file);
        manifest.Splits.Sum(split => split.Rows).ShouldBe(8_087);
        manifest.Fields.Count.ShouldBe(22);
    }
}
