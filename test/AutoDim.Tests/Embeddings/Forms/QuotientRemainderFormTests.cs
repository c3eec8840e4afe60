using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed class QuotientRemainderFormTests
{
    [Fact]
    public void Lookup_EveryValue_IsTheProductOfItsQuotientsAndItsRemaindersRow()
    {
        using var probe = new FormProbe("qr:7", rows: 40, dim: 3);
        probe.Set.Tables.Select(table => table.Rows).ShouldBe([6, 7]);
        var vectors = probe.Lookup();
        for (var value = 0; value < 40; value++)
        {
            for (var k = 0; k < 3; k++) vectors[value, k].ShouldBe(probe.Number(".quotient", value / 7, k) * probe.Number(".remainder", value % 7, k), 1e-6);
        }
    }

    /// <summary>No two values have the same vector: what hashing to as many rows cannot give.</summary>
    [Fact]
    public void Lookup_TwoValues_DifferentVectors()
    {
        using var probe = new FormProbe("qr:20", rows: 400, dim: 2);
        var vectors = probe.Lookup();
        Enumerable.Range(0, 400).Select(value => (vectors[value, 0], vectors[value, 1])).Distinct().Count().ShouldBe(400);
    }

    [Fact]
    public void Parameters_MoreRemaindersThanRows_AreNotStored()
    {
        var form = new QuotientRemainderForm(50);
        form.Parameters(40, 3).ShouldBe((40 + 1) * 3);
        form.Parameters(101, 3).ShouldBe((50 + 3) * 3);
    }
}
