using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class LogSampleTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public void Of_SmallLog_CountsIt()
    {
        var sample = Sample(1000, i => $"{i % 2},u{i},i{i % 7}");
        sample.Rows.ShouldBe(1000);
        sample.Distinct[0].ShouldBe(1000, 10);
        sample.Distinct[1].ShouldBe(7, 0.1);
    }

    /// <summary>More rows than are read: one field has a value more for each row, the other seven for ever.</summary>
    [Fact]
    public void Of_LargeLog_TellsItFromItsBeginning()
    {
        var sample = Sample(400_000, i => $"{i % 2},u{1_000_000 + i},i{i % 7}");
        sample.Rows.ShouldBeInRange(300_000, 600_000);
        (sample.Distinct[0] / sample.Rows).ShouldBe(1, 0.05);
        sample.Distinct[1].ShouldBe(7, 0.1);
    }

    private LogSample Sample(int rows, Func<int, string> row)
    {
        var file = log.Write("log.csv", "click,user,item\n" + string.Join('\n', Enumerable.Range(0, rows).Select(row)) + "\n");
        return LogSample.Of(PreparationInputs.Find(new PrepareOptions { Files = [file], Schema = log.Schema("label: {column: click}\nfields: [{column: user}, {column: item}]\n") }));
    }
}
