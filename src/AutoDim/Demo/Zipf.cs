namespace AutoDim.Demo;

/// <summary>Draws ranks 0 … n - 1 with frequencies proportional to (rank + 1)^-exponent.</summary>
internal sealed class Zipf
{
    private readonly double[] cumulative;

    public Zipf(int values, double exponent)
    {
        cumulative = new double[values];
        var sum = 0.0;
        for (var rank = 0; rank < values; rank++) cumulative[rank] = sum += Math.Pow(rank + 1, -exponent);
        for (var rank = 0; rank < values; rank++) cumulative[rank] /= sum;
    }

    /// <param name="uniform">In [0, 1).</param>
    public int Draw(double uniform)
    {
        var found = Array.BinarySearch(cumulative, uniform);
        return Math.Min(found >= 0 ? found + 1 : ~found, cumulative.Length - 1);
    }
}
