using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class RowFoldingTests
{
    [Fact]
    public void Apply_IdsInMemory_RareOnesShareRowZeroAndTheOthersKeepTheirOrder()
    {
        Field[] fields = [new("item", 5) { Sequences = [new Sequence("history", 2)] }, new("tags", 3, MultiValued: true)];
        MemorySplit Split() => new([0, 1, 0], [[4, 1, 4], [0, 1, 1, 2], [1, 3]], [null, [0, 1, 3, 4], [0, 1, 1, 2]]);
        using var data = new ClickData("toy", fields, Split(), Split(), Split(), "toy");
        var folding = new RowFolding(data, [2, 2]); // items 1 and 4 occur twice, 3 once, in the history; of the tags only 1 does
        folding.Fields.Select(field => field.Rows).ShouldBe([3L, 2L]);
        folding.Fields.Select(field => field.VocabularyBytes).ShouldBe([12L, 12L]); // a word of bits and a count
        folding.CountsOf(data, 0).ShouldBe([1, 2, 2]);
        folding.CountsOf(data, 1).ShouldBe(RowCounts.Of(folding.Apply(data).Train, folding.Fields)[1]);
        using var batch = new Batch(folding.Fields, 3);
        folding.Apply(data).Train.Read([0, 1, 2], batch);
        batch.Columns[0].Rows.AsSpan(0, 3).ToArray().ShouldBe([2, 1, 2]);
        batch.Columns[1].Rows.AsSpan(0, 4).ToArray().ShouldBe([0, 1, 1, 0]);
        batch.Columns[2].Rows.AsSpan(0, 2).ToArray().ShouldBe([1, 0]);
    }

    [Fact]
    public void Apply_NothingRareOrNothingAsked_TheDataItself()
    {
        using var data = Toy.Clicks();
        foreach (var minCounts in (long[][])[[], [0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2]])
        {
            var folding = new RowFolding(data, minCounts);
            folding.IsAny.ShouldBeFalse();
            folding.Fields.ShouldBe(data.Fields);
            folding.Apply(data).ShouldBeSameAs(data);
        }
    }

    [Fact]
    public void Encoders_PreparedData_GiveRawValuesTheRowsThatSamplesHave()
    {
        using var clicks = new PreparedClicks();
        using var data = clicks.Open();
        long[] medians = [.. data.TrainCounts.Select(counts => counts[2..].Order().ElementAt((counts.Length - 2) / 2) + 1)];
        var folding = new RowFolding(data, medians);
        folding.Fields[3].ShouldBe(data.Fields[3]); // buckets are not folded
        folding.Fields.Zip(data.Fields).Take(3).ShouldAllBe(pair => pair.First.Rows < pair.Second.Rows && pair.First.Rows > 2 && pair.First.VocabularyBytes < pair.Second.VocabularyBytes);
        using var batch = new Batch(data.Fields, 1);
        using var folded = new Batch(folding.Fields, 1);
        var encoders = folding.Encoders;
        var split = folding.Apply(data.Test);
        var lines = File.ReadAllLines(clicks.Later);
        for (var i = 0; i < data.Test.RowCount; i++)
        {
            data.Test.Read([i], batch);
            split.Read([i], folded);
            var (was, now) = (batch.Columns[0].Rows[0], folded.Columns[0].Rows[0]);
            now.ShouldBe(was < 2 ? was : data.TrainCounts[0][was] < medians[0] ? 0 : now);
            var user = lines[i + 1].Split(',')[1];
            encoders[0].RowOf(user.Length == 0 ? CellColumn.Missing : Fingerprint.Of(System.Text.Encoding.UTF8.GetBytes(user))).ShouldBe(now);
        }
    }
}
