using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>A uniform sample of numbers passing by: all of them up to its size, then each with equal chance (Vitter's algorithm R).</summary>
internal sealed class Reservoir(int size, ulong seed)
{
    private readonly List<double> sample = [];
    private readonly CounterRandom random = new(seed, 0xB0C4E7);
    private long seen;

    public void Add(double number)
    {
        if (sample.Count < size)
        {
            sample.Add(number);
        }
        else
        {
            var place = random.Below(seen, seen + 1);
            if (place < size) sample[(int)place] = number;
        }

        seen++;
    }

    /// <summary>The sample in ascending order.</summary>
    public double[] Sorted() => [.. sample.Order()];
}
