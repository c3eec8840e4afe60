using AutoDim.Data;

namespace AutoDim.Runs.Scaling;

/// <summary>How many different values of each field some samples are expected to have: U(b) = Σ over values of 1 − (1 − p)^b, p being a value's frequency.</summary>
internal sealed class DistinctValues
{
    /// <summary>Of click logs where nothing is counted: the frequency of the r-th value falls as r^-1.05.</summary>
    public const double ZipfExponent = 1.05;

    /// <summary>Values after the first so many are taken together with those of a hundredth more or fewer places.</summary>
    private const long Apart = 1000;

    private readonly (double Frequency, double Values)[][] fields;
    private readonly double[] entries;

    private DistinctValues((double Frequency, double Values)[][] fields, double[] entries) => (this.fields, this.entries) = (fields, entries);

    /// <summary>As training samples have them.</summary>
    public static DistinctValues Of(ClickData data) => new(
        [.. data.TrainCounts.Select(Parts)],
        [.. data.TrainCounts.Select(counts => counts.Sum() / (double)data.Train.RowCount)]);

    /// <summary>By Zipf's law.</summary>
    /// <param name="entries">Of each field, the values that a sample has.</param>
    public static DistinctValues Zipf(IReadOnlyList<Field> fields, IReadOnlyList<int> entries) => new([.. fields.Select(field => Zipf(field.Rows))], [.. entries.Select(count => (double)count)]);

    /// <summary>Of a field, in so many samples.</summary>
    public double In(double samples, int field)
    {
        var draws = samples * entries[field];
        return fields[field].Sum(part => part.Values * (1 - Math.Pow(1 - part.Frequency, draws)));
    }

    private static (double Frequency, double Values)[] Parts(long[] counts)
    {
        var sum = (double)counts.Sum();
        return [.. counts.Where(count => count > 0).GroupBy(count => count).Select(group => (group.Key / sum, (double)group.Count()))];
    }

    private static (double Frequency, double Values)[] Zipf(long values)
    {
        var parts = new List<(double Frequency, double Values)>();
        for (var first = 1L; first <= values;)
        {
            var last = Math.Min(values, first < Apart ? first : first + (first / 100));
            parts.Add((Math.Pow(Math.Sqrt((double)first * last), -ZipfExponent), last - first + 1));
            first = last + 1;
        }

        var sum = parts.Sum(part => part.Frequency * part.Values);
        return [.. parts.Select(part => (part.Frequency / sum, part.Values))];
    }
}
