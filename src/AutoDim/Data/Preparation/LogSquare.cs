using System.Runtime.CompilerServices;

namespace AutoDim.Data.Preparation;

/// <summary>Criteo's rule: a number x above 2 becomes ⌊(ln x)²⌋, others stay themselves.</summary>
internal static class LogSquare
{
    /// <summary>Of the whole numbers that most counts are; a logarithm takes longer than all else that is done with a cell.</summary>
    private static readonly double[] Small = [.. Enumerable.Range(0, 1 << 12).Select(x => Compute(x))];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Of(double x)
    {
        var whole = double.ConvertToIntegerNative<int>(x); // anything, where x is none
        return (uint)whole < (uint)Small.Length && whole == x ? Small[whole] : Compute(x);
    }

    private static double Compute(double x)
    {
        if (x <= 2) return x;
        var logarithm = Math.Log(x);
        return Math.Floor(logarithm * logarithm);
    }
}
