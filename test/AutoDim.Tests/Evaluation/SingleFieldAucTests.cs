using AutoDim.Data;
using AutoDim.Evaluation;
using AutoDim.Numerics;

namespace AutoDim.Tests.Evaluation;

public sealed class SingleFieldAucTests
{
    private static readonly Field[] Fields = [new("telling", 3), new("silent", 2), new("tags", 3, MultiValued: true)];

    /// <summary>Rates by hand: of "telling" row 0 clicks always, row 1 never, row 2 half the time; of "tags" only row 1 is ever clicked.</summary>
    [Fact]
    public void Of_FieldsOfKnownRates_IsTheAucOfTheRates()
    {
        using var train = new MemorySplit([1, 1, 0, 0, 1, 0], [[0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 1, 1], [1, 1, 0, 2, 1, 1, 0]], [null, null, [0, 1, 2, 3, 4, 6, 7]]);
        using var valid = new MemorySplit([1, 0, 1, 0], [[0, 1, 2, 2], [0, 0, 1, 1], [1, 0, 1, 0]], [null, null, [0, 1, 2, 4, 4]]);
        var aucs = SingleFieldAuc.Of(train, valid, [1, 0, 1, 0], Fields);
        aucs[0].ShouldBe(0.875); // of four pairs of a click and none, three right and one tied
        aucs[1].ShouldBe(0.5);
        aucs[2].ShouldBe(1); // clicked: .643 and the mean of .643 and .417; not: .417 and, without a value, the overall .5
    }

    [Fact]
    public void Of_ValueNeverSeen_HasTheOverallRate()
    {
        using var train = new MemorySplit([1, 0], [[0, 1], [0, 0], [0, 0]], [null, null, [0, 1, 2]]);
        using var valid = new MemorySplit([1, 0], [[0, 2], [0, 0], [0, 0]], [null, null, [0, 1, 2]]);
        SingleFieldAuc.Of(train, valid, [1, 0], Fields)[0].ShouldBe(1);
        SingleFieldAuc.Of(train, valid, [0, 1], Fields)[0].ShouldBe(0);
    }

    /// <summary>More samples than are read at once, values of very different frequency, samples without values: against plain loops.</summary>
    [Fact]
    public void Of_ManySamples_EqualsTheFormula()
    {
        Field[] fields = [new("skewed", 300), new("tags", 30, MultiValued: true)];
        var (trainLabels, trainValues) = Draw(1, 17_000);
        var (labels, values) = Draw(2, 17_000);
        using var train = Split(trainLabels, trainValues);
        using var valid = Split(labels, values);
        var aucs = SingleFieldAuc.Of(train, valid, labels, fields);
        for (var m = 0; m < fields.Length; m++)
        {
            var (shown, clicked) = (new double[fields[m].Rows], new double[fields[m].Rows]);
            for (var i = 0; i < trainLabels.Length; i++)
            {
                foreach (var value in trainValues[i][m])
                {
                    shown[value]++;
                    clicked[value] += trainLabels[i];
                }
            }

            var overall = trainLabels.Average(label => (double)label);
            aucs[m].ShouldBe(Auc.Compute([.. values.Select(row => (float)row[m].Select(value => (clicked[value] + (10 * overall)) / (shown[value] + 10)).DefaultIfEmpty(overall).Average())], labels), 1e-6, fields[m].Name);
        }
    }

    /// <summary>Clicks that follow both fields; half of the first one's samples have one of its first five values.</summary>
    private static (float[] Labels, long[][][] Values) Draw(ulong seed, int samples)
    {
        var random = new CounterRandom(seed, 5);
        var position = 0L;
        var (labels, values) = (new float[samples], new long[samples][][]);
        for (var i = 0; i < samples; i++)
        {
            var skewed = random.Below(position++, random.Below(position++, 2) == 0 ? 5 : 300);
            values[i] = [[skewed], [.. Enumerable.Range(0, (int)random.Below(position++, 4)).Select(_ => random.Below(position++, 30))]];
            labels[i] = random.Uniform(position++) < 0.15 + (0.1 * (skewed % 3)) + (0.1 * values[i][1].Count(tag => tag % 4 == 0)) ? 1 : 0;
        }

        return (labels, values);
    }

    private static MemorySplit Split(float[] labels, long[][][] values)
    {
        int[] ends = [0, .. values.Select(row => row[1].Length)];
        for (var i = 1; i < ends.Length; i++) ends[i] += ends[i - 1];
        return new MemorySplit(labels, [[.. values.Select(row => row[0][0])], [.. values.SelectMany(row => row[1])]], [null, ends]);
    }
}
