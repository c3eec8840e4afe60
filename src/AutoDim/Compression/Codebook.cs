using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Compression;

/// <summary>
/// Product quantisation of a table that is no longer trained (Jégou et al., 2011, https://doi.org/10.1109/TPAMI.2010.57): a row's numbers in groups, each the nearest of up to
/// 256 centroids, which Lloyd's algorithm finds on some of the rows. Centroids are (K, D), a group's in its columns.
/// </summary>
internal sealed unsafe class Codebook : IDisposable
{
    private const int MostCentroids = 256;
    private const int Rounds = 12;

    private readonly VectorGroups groups;

    /// <param name="rows">To learn from; at least one.</param>
    public Codebook(EmbeddingTable table, int groups, long[] rows)
    {
        this.groups = new VectorGroups(table.Dim, groups);
        var count = Math.Min(MostCentroids, rows.Length);
        Centroids = Parameter.Constant($"{table.Name}.centroids", count, table.Dim);
        for (var k = 0; k < count; k++) Copy(table.Row(rows[(long)k * rows.Length / count]), Centroids.Row(k), 0, table.Dim);
        for (var group = 0; group < groups; group++) Learn(table, group, rows);
    }

    public Parameter Centroids { get; }

    /// <summary>Codes of a row.</summary>
    public int Groups => groups.Count;

    /// <summary>Writes a row's codes, one for each group.</summary>
    public void Encode(Real* row, byte* codes)
    {
        for (var group = 0; group < groups.Count; group++) codes[group] = (byte)Nearest(row, group);
    }

    /// <summary>Squared distance of a row from what its codes stand for.</summary>
    public double Error(Real* row)
    {
        var sum = 0.0;
        for (var group = 0; group < groups.Count; group++) sum += Distance(row, group, Nearest(row, group));
        return sum;
    }

    public void Dispose() => Centroids.Dispose();

    private static void Copy(Real* source, Real* target, int first, int count) => new Span<Real>(source + first, count).CopyTo(new Span<Real>(target + first, count));

    private int Nearest(Real* row, int group) => NearestCentroids.Nearest(row, Centroids, groups, group, Centroids.Rows);

    private double Distance(Real* row, int group, int centroid)
    {
        var sum = 0.0;
        for (var i = groups.First(group); i < groups.First(group + 1); i++) sum += Math.Pow((double)row[i] - Centroids.Row(centroid)[i], 2);
        return sum;
    }

    /// <summary>Each centroid the mean of the rows that are nearest to it; one that has none takes the place of the row that is farthest from its own.</summary>
    private void Learn(EmbeddingTable table, int group, long[] rows)
    {
        var (first, length, count) = (groups.First(group), groups.Length(group), Centroids.Rows);
        var (sums, members) = (new double[count, length], new int[count]);
        for (var round = 0; round < Rounds; round++)
        {
            Array.Clear(sums);
            Array.Clear(members);
            var (farthest, most) = (rows[0], -1.0);
            foreach (var row in rows)
            {
                var numbers = table.Row(row);
                var code = Nearest(numbers, group);
                members[code]++;
                for (var i = 0; i < length; i++) sums[code, i] += numbers[first + i];
                if (Distance(numbers, group, code) is var distance && distance > most) (farthest, most) = (row, distance);
            }

            for (var k = 0; k < count; k++)
            {
                for (var i = 0; i < length && members[k] > 0; i++) Centroids.Row(k)[first + i] = (Real)(sums[k, i] / members[k]);
            }

            if (most > 0 && Array.IndexOf(members, 0) is >= 0 and var empty) Copy(table.Row(farthest), Centroids.Row(empty), first, length);
        }
    }
}
