using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed class RowPartTests
{
    /// <summary>Every row is in one part of so many; two parts of different numbers meet where a row is in both.</summary>
    [Fact]
    public void Meets_AnyNumbersOfParts_WhereARowIsInBoth()
    {
        const int Rows = 200;
        for (var writers = 1; writers <= 8; writers++)
        {
            RowPart[] parts = [.. Enumerable.Range(0, writers).Select(number => new RowPart(number, writers))];
            parts.Sum(part => part.CountOf(Rows)).ShouldBe(Rows);
            parts.SelectMany(part => Enumerable.Range(0, (int)part.CountOf(Rows)).Select(position => part.RowAt(position))).Order().ShouldBe(Enumerable.Range(0, Rows).Select(row => (long)row));
            for (var readers = 1; readers <= 8; readers++)
            {
                for (var reader = 0; reader < readers; reader++)
                {
                    var own = new RowPart(reader, readers);
                    foreach (var part in parts) own.Meets(part).ShouldBe(Enumerable.Range(0, (int)part.CountOf(Rows)).Any(position => own.Has(part.RowAt(position))), $"{own}, {part}");
                }
            }
        }
    }
}
