using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed class RobeFormTests
{
    /// <summary>Vectors of 10 numbers in blocks of 4, 4 and what is left of a third, each at the hashed place of an array of 52.</summary>
    [Fact]
    public void Lookup_EveryValue_IsItsBlocksSideBySide()
    {
        using var probe = new FormProbe("robe:50:4", rows: 60, dim: 10);
        var rule = probe.Set.Rules.Single();
        (rule.Rows, rule.Parts).ShouldBe((13, 3));
        var vectors = probe.Lookup();
        for (var value = 0; value < 60; value++)
        {
            for (var k = 0; k < 10; k++) vectors[value, k].ShouldBe(probe.Number("", rule.RowOf(value, k / 4), k % 4), 1e-12);
        }
    }

    /// <summary>Parts are hashed each for itself: of the pairs of values that share one block, few share the other.</summary>
    [Fact]
    public void RowOf_ValuesThatMeetInAPart_PartInTheOther()
    {
        var rule = new BlockRule(0, 64, 2);
        var pairs = Enumerable.Range(0, 1000).SelectMany(a => Enumerable.Range(0, a).Select(b => (a, b))).Where(pair => rule.RowOf(pair.a, 0) == rule.RowOf(pair.b, 0)).ToArray();
        (pairs.Length / (1000 * 999 / 2.0)).ShouldBe(1 / 64.0, 0.005);
        (pairs.Count(pair => rule.RowOf(pair.a, 1) == rule.RowOf(pair.b, 1)) / (double)pairs.Length).ShouldBeLessThan(0.05);
    }

    [Fact]
    public void Parameters_ArrayLargerThanTheTable_IsCut() => new RobeForm(1000, 4).Parameters(rows: 10, dim: 8).ShouldBe(80);
}
