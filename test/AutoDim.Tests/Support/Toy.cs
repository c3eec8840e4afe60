using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>Small click data in memory with something to learn: clicks follow pairs of users and items, and tags; the flag is noise.</summary>
internal static class Toy
{
    /// <param name="rareUsers">Further users, who share a tenth of the samples and tell nothing.</param>
    public static ClickData Clicks(int train = 400, int valid = 200, int test = 200, ulong seed = 1, ulong? validSeed = null, int rareUsers = 0)
        => new("toy", [SmallData.Fields[0] with { Rows = SmallData.Fields[0].Rows + rareUsers }, .. SmallData.Fields[1..]],
            Split(train, seed, rareUsers), Split(valid, (validSeed ?? seed) + 1000, rareUsers), Split(test, seed + 2000, rareUsers), $"toy-{seed}-{train}");

    /// <summary>Samples drawn by a seed; labels come from values alone, so that every split tells the same.</summary>
    public static MemorySplit Split(int samples, ulong seed, int rareUsers = 0)
    {
        var random = new CounterRandom(seed, 77);
        var fields = SmallData.Fields;
        var labels = new float[samples];
        var rows = fields.Select(_ => new List<long>()).ToArray();
        var offsets = fields.Select(field => field.MultiValued ? new List<int> { 0 } : null).ToArray();
        var position = 0L;
        for (var i = 0; i < samples; i++)
        {
            var logit = -0.2;
            for (var m = 0; m < fields.Length; m++)
            {
                var values = fields[m].MultiValued ? random.Below(position++, 4) : 1;
                for (var v = 0; v < values; v++)
                {
                    rows[m].Add(random.Below(position++, fields[m].Rows));
                    if (m == 2) logit += 0.8 * Math.Sin(rows[m][^1]);
                }

                offsets[m]?.Add(rows[m].Count);
            }

            logit += 2.5 * Math.Sin((rows[0][^1] * 1.3) + (rows[1][^1] * 0.9));
            labels[i] = random.Uniform(position++) < 1 / (1 + Math.Exp(-logit)) ? 1 : 0;
        }

        var rare = new CounterRandom(seed, 79);
        for (var i = 0; rareUsers > 0 && i < samples; i++)
        {
            if (rare.Below(2L * i, 10) == 0) rows[0][i] = fields[0].Rows + rare.Below((2L * i) + 1, rareUsers);
        }

        var (history, starts) = History(samples, new CounterRandom(seed, 78));
        return new MemorySplit(labels, [.. rows.Select(values => values.ToArray()), history], [.. offsets.Select(starts => starts?.ToArray()), starts]);
    }

    private static (long[] Rows, int[] Offsets) History(int samples, CounterRandom random)
    {
        List<long> rows = [];
        List<int> offsets = [0];
        for (var i = 0L; i < samples; i++)
        {
            for (var v = 0L; v < random.Below(5 * i, 5); v++) rows.Add(random.Below((5 * i) + v + 1, SmallData.Fields[1].Rows));
            offsets.Add(rows.Count);
        }

        return ([.. rows], [.. offsets]);
    }
}
