using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed class TensorTrainFormTests
{
    /// <summary>60 values in digits of 4, 4 and 4 (i fastest), 12 numbers as 3 · 2 · 2, ranks 3: the sum over both ranks, written out.</summary>
    [Fact]
    public void Lookup_EveryValue_IsTheProductOfItsDigitsMatrices()
    {
        const int First = 3, Middle = 2, Last = 2, Rank = 3;
        using var probe = new FormProbe("tt:3", rows: 60, dim: 12);
        probe.Set.Tables.Select(table => (table.Rows, table.Dim)).ShouldBe([(4, First * Rank), (4, Rank * Middle * Rank), (4, Rank * Last)]);
        var vectors = probe.Lookup();
        for (var value = 0; value < 60; value++)
        {
            var (i, j, k) = (value % 4, value / 4 % 4, value / 16);
            for (var a = 0; a < First; a++)
            {
                for (var b = 0; b < Middle; b++)
                {
                    for (var c = 0; c < Last; c++)
                    {
                        var expected = 0.0;
                        for (var r = 0; r < Rank; r++)
                        {
                            for (var s = 0; s < Rank; s++)
                            {
                                expected += probe.Number(".core1", i, (a * Rank) + r) * probe.Number(".core2", j, (((r * Middle) + b) * Rank) + s) * probe.Number(".core3", k, (s * Last) + c);
                            }
                        }

                        vectors[value, (((a * Middle) + b) * Last) + c].ShouldBe(expected, 1e-5);
                    }
                }
            }
        }
    }

    /// <summary>More than the outer matrices together could span would only cost: a rank stops there.</summary>
    [Fact]
    public void Create_RankBeyondUse_StopsAtWhatTheOuterMatricesSpan()
    {
        using var probe = new FormProbe("tt:100", rows: 27, dim: 1);
        probe.Set.Tables.Select(table => (table.Rows, table.Dim)).ShouldBe([(3, 3), (3, 9), (3, 3)]);
    }
}
