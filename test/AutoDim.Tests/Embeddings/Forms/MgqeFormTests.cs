using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

/// <summary>600 values, every seventh of them frequent up to the 60 of the head, in two groups; 5 centroids, of which the others have 2.</summary>
public sealed class MgqeFormTests
{
    private const string Form = "mgqe:2:5:2";
    private const int Rows = 600, Dim = 4;

    private static readonly long[] Counts = [.. Enumerable.Range(0, Rows).Select(row => IsHead(row) ? 100L + row : row % 90)];

    [Fact]
    public void Lookup_FrequentAndRareValues_AreTheNearestOfAllAndOfTheFirstCentroids()
    {
        using var probe = new FormProbe(Form, Rows, Dim, counts: Counts);
        var vectors = probe.Lookup();
        var centroids = probe.Weight(".centroids");
        var used = new HashSet<int>[] { [], [] };
        for (var row = 0; row < Rows; row++)
        {
            for (var first = 0; first < Dim; first += 2)
            {
                var code = Enumerable.Range(0, IsHead(row) ? 5 : 2).MinBy(k => Enumerable.Range(first, 2).Sum(i => Math.Pow(probe.Number(".queries", row, i) - centroids[k, i], 2)));
                for (var i = first; i < first + 2; i++) vectors[row, i].ShouldBe(centroids[code, i], 1e-12);
                used[IsHead(row) ? 0 : 1].Add(code);
            }
        }

        used[0].Count.ShouldBe(5);
        used[1].Count.ShouldBe(2);
    }

    /// <summary>The deployed form knows the head from its own bytes, without the counts.</summary>
    [Fact]
    public void Pack_TrainedRows_SameVectorsInTheBytesWorkedOutByHand()
    {
        using FormProbe trained = new(Form, Rows, Dim, counts: Counts), deployed = new(Form, Rows, Dim, isDeployed: true);
        trained.Tape.IsTraining = false;
        var expected = trained.Lookup();
        deployed.Pack(trained);
        var vectors = deployed.Lookup();
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < Dim; k++) vectors[row, k].ShouldBe(expected[row, k]);
        }

        // A bit a row, 3 counts, two codes of 3 bits for the head and of 1 bit for the others: a byte each.
        deployed.Set.Bytes.ShouldBe((Rows / 8) + (3 * 4) + 60 + (Rows - 60));
        RowForm.Parse(Form).Bytes(Rows, Dim, default).ShouldBe(deployed.Set.Bytes + (5 * Dim * 4));
        new MgqeForm(8, 256, 64).Bytes(rows: 1000, dim: 8, default).ShouldBe(125 + (4 * 4) + (100 * 8) + (900 * 6) + (256 * 8 * 4));
    }

    private static bool IsHead(int row) => row % 7 == 3 && row < 7 * 60;
}
