using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Compression;

/// <summary>
/// A field's trained rows in the directions that matter: their mean and the eigenvectors of their covariance, each row weighted by how often
/// it occurs in training. The first d directions are the best approximation of d dimensions, in squared error per occurrence.
/// </summary>
internal sealed class FieldBasis
{
    /// <summary>Shares of the largest eigenvalue that are rounding of the rows, and no direction.</summary>
    private const double Rounding = 1e-10;

    private FieldBasis(double[] mean, SymmetricEigen eigen) => (Mean, Eigen) = (mean, eigen);

    public double[] Mean { get; }

    public SymmetricEigen Eigen { get; }

    /// <summary>Mean squared error of an occurrence with so many dimensions; 0 leaves the mean alone.</summary>
    public double Error(int dim) => Eigen.Values.Skip(dim).Where(value => value > Rounding * Eigen.Values[0]).Sum();

    /// <param name="counts">Occurrences of each row in training.</param>
    public static unsafe FieldBasis Of(EmbeddingTable table, long[] counts)
    {
        var (dim, total) = (table.Dim, Math.Max(1.0, counts.Sum()));
        var (mean, covariance) = (new double[dim], new double[dim, dim]);
        for (var row = 0L; row < table.Rows; row++)
        {
            for (var j = 0; j < dim && counts[row] > 0; j++) mean[j] += counts[row] / total * table.Row(row)[j];
        }

        var centred = new double[dim];
        for (var row = 0L; row < table.Rows; row++)
        {
            if (counts[row] == 0) continue;
            for (var j = 0; j < dim; j++) centred[j] = table.Row(row)[j] - mean[j];
            for (var j = 0; j < dim; j++)
            {
                var weighted = counts[row] / total * centred[j];
                for (var k = 0; k < dim; k++) covariance[j, k] += weighted * centred[k];
            }
        }

        return new FieldBasis(mean, SymmetricEigen.Of(covariance));
    }

    /// <summary>Replaces rows by their approximation of so many dimensions.</summary>
    /// <param name="among">Which rows; null: all.</param>
    public unsafe void Approximate(EmbeddingTable table, int dim, Func<long, bool>? among = null)
    {
        var (centred, approximation) = (new double[table.Dim], new double[table.Dim]);
        for (var row = 0L; row < table.Rows; row++)
        {
            if (among?.Invoke(row) == false) continue;
            var numbers = table.Row(row);
            for (var j = 0; j < centred.Length; j++) centred[j] = numbers[j] - Mean[j];
            Mean.CopyTo(approximation, 0);
            for (var k = 0; k < dim; k++)
            {
                var coordinate = 0.0;
                for (var j = 0; j < centred.Length; j++) coordinate += centred[j] * Eigen.Vectors[j, k];
                for (var j = 0; j < centred.Length; j++) approximation[j] += coordinate * Eigen.Vectors[j, k];
            }

            for (var j = 0; j < centred.Length; j++) numbers[j] = (Real)approximation[j];
        }
    }
}
