using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class BadRowsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Report_Fail_ThrowsWithPlaceAndFix()
    {
        using var bad = new BadRows(BadRowPolicy.Fail, folder.File("q.txt"));
        Should.Throw<AutoDimException>(() => bad.Report("log.csv", new BadRow(7, "it is odd", "a,b"u8.ToArray()))).Message.ShouldBe("log.csv, line 7: it is odd; correct it, or leave such rows out with --on-bad-row skip");
        File.Exists(folder.File("q.txt")).ShouldBeFalse();
    }

    [Fact]
    public void Report_Skip_CountsAndKeepsTheFirstFew()
    {
        using var bad = new BadRows(BadRowPolicy.Skip, folder.File("q.txt"));
        for (var line = 1; line <= 20; line++) bad.Report("log.csv", new BadRow(line, "odd", "a"u8.ToArray()));
        bad.Count.ShouldBe(20);
        bad.FirstProblems.ShouldBe(Enumerable.Range(1, 5).Select(line => $"log.csv, line {line}: odd"));
        File.Exists(folder.File("q.txt")).ShouldBeFalse();
    }

    [Fact]
    public void Report_Quarantine_KeepsEveryRow()
    {
        using var bad = new BadRows(BadRowPolicy.Quarantine, folder.File("q.txt"));
        for (var line = 1; line <= 3; line++) bad.Report("log.csv", new BadRow(line, "odd", "é,b"u8.ToArray()));
        bad.Dispose();
        bad.Count.ShouldBe(3);
        File.ReadAllLines(folder.File("q.txt")).ShouldBe(Enumerable.Range(1, 3).Select(line => $"log.csv, line {line}: odd\té,b"));
    }
}
