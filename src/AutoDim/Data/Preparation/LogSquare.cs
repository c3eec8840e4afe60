namespace AutoDim.Data.Preparation;

/// <summary>Criteo's rule: a number x above 2 becomes ⌊(ln x)²⌋, others stay themselves.</summary>
internal static class LogSquare
{
    /// <summary>Of the whole numbers that most counts are; a logarithm takes longer than all else that is done with a cell.</summary>
    private static readonly double[] Small = [.. Enumerable.Range(0, 1 << 12).Select(x => Compute(x))];

    public static double Of(double x) => x >= 0 && x < Small.Length && (int)x == x ? Small[(int)x] : Compute(x);

    private static double Compute(double x)
    {
        if (x <= 2) return x;
        var logarithm = Math.Log(x);
        return Math.Floor(logarithm * logarithm);
    }
}
