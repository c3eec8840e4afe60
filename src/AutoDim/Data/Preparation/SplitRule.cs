using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>Decides the split of each row of the files that were given for no split of their own.</summary>
internal sealed class SplitRule
{
    /// <summary>Stands for the split of a row until all times are known, or all ranks' rows.</summary>
    public const byte Undecided = 3;

    private const int TimesKept = 1 << 20;

    private readonly string by;
    private readonly CounterRandom random;
    private readonly Reservoir times;
    private double validFrom, testFrom;

    /// <param name="validGiven">Whether validation rows come from files of their own; their share goes to the rest.</param>
    public SplitRule(SplitSchema split, bool validGiven, bool testGiven)
    {
        by = split.By;
        random = new CounterRandom(split.Seed, 0x5711);
        times = new Reservoir(TimesKept, split.Seed);
        var (valid, test) = (validGiven ? 0 : split.Valid, testGiven ? 0 : split.Test);
        var whole = split.Train + valid + test;
        testFrom = test > 0 ? (split.Train + valid) / whole : double.PositiveInfinity;
        validFrom = valid > 0 ? split.Train / whole : testFrom;
    }

    /// <summary>Whether all times must be seen before the first row is decided.</summary>
    public bool NeedsTimes => by == "time";

    /// <summary>Whether a row's number among all decides.</summary>
    public bool NeedsRowNumbers => by == "random";

    public void SeeTime(double time) => times.Add(time);

    /// <summary>Turns the shares into times: exact up to a million rows, then by a sample of a million.</summary>
    public void FixTimes()
    {
        var sorted = times.Sorted();
        double At(double share) => double.IsInfinity(share) || sorted.Length == 0 ? double.PositiveInfinity : sorted[Math.Min(sorted.Length - 1, (int)Math.Round(share * sorted.Length))];
        (validFrom, testFrom) = (At(validFrom), At(testFrom));
    }

    /// <summary>0 train, 1 validation, 2 test.</summary>
    /// <param name="key">The row's hashed key or time; of no meaning where rows are drawn at random.</param>
    /// <param name="row">Its number among all rows.</param>
    public byte Of(double key, long row)
    {
        var place = by == "random" ? random.Uniform(row) : key;
        return (byte)(place >= testFrom ? 2 : place >= validFrom ? 1 : 0);
    }
}
