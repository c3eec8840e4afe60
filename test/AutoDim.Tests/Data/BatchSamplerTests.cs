using AutoDim.Data;
using AutoDim.Tests.Support;
using CsCheck;

namespace AutoDim.Tests.Data;

public sealed class BatchSamplerTests
{
    private static readonly Field[] Fields = [new("sample", long.MaxValue)];

    /// <summary>Samples in the order given over an epoch; each sample's only value is its number.</summary>
    private static List<long> Epoch(BatchSampler sampler, int batchSize)
    {
        using var batch = new Batch(Fields, batchSize);
        List<long> seen = [];
        while (sampler.TryNext(batch)) seen.AddRange(batch.Columns[0].Rows.AsSpan(0, batch.Size));
        return seen;
    }

    private static MemorySplit Numbered(int samples) => new([.. Enumerable.Range(0, samples).Select(i => (float)(i & 1))], [[.. Enumerable.Range(0, samples).Select(i => (long)i)]]);

    [Fact]
    public void TryNext_AnySizes_GivesEverySampleOnce()
        => Gen.Select(Gen.Int[1, 70_000], Gen.Int[1, 5_000], Gen.ULong).Sample((samples, batchSize, seed) =>
        {
            var sampler = new BatchSampler(Numbered(samples), batchSize, seed);
            var seen = Epoch(sampler, batchSize);
            seen.Order().ShouldBe(Enumerable.Range(0, samples).Select(i => (long)i));
            sampler.BatchesPerEpoch.ShouldBe((samples + batchSize - 1) / batchSize);
        }, iter: 20);

    [Fact]
    public void TryNext_MoreThanAGroupOfBlocks_GivesEverySampleOnce()
    {
        const int Samples = (1 << 20) + 100_000; // more than a million: two groups, and a short block that may stand in either
        for (var seed = 0UL; seed < 3; seed++)
        {
            var seen = Epoch(new BatchSampler(Numbered(Samples), 10_000, seed), 10_000);
            seen.Count.ShouldBe(Samples);
            new HashSet<long>(seen).Count.ShouldBe(Samples);
        }
    }

    [Fact]
    public void TryNext_SeedAndEpoch_DecideTheOrder()
    {
        var split = Numbered(2000);
        List<long> Order(ulong seed, long epoch)
        {
            var sampler = new BatchSampler(split, 64, seed);
            sampler.Seek(epoch, 0);
            return Epoch(sampler, 64);
        }

        Order(1, 0).ShouldBe(Order(1, 0));
        Order(1, 0).ShouldNotBe(Order(2, 0));
        Order(1, 0).ShouldNotBe(Order(1, 1));
        Order(1, 0).ShouldNotBe(Enumerable.Range(0, 2000).Select(i => (long)i));
    }

    [Fact]
    public void TryNext_Shuffled_ReachesFar()
    {
        // Over a million rows and less the permutation is over all of them: neighbours end up a third of the data apart on average.
        const int Samples = 100_000;
        var seen = Epoch(new BatchSampler(Numbered(Samples), 1000, 3), 1000);
        seen.Zip(seen.Skip(1), (a, b) => (double)Math.Abs(a - b)).Average().ShouldBe(Samples / 3.0, Samples * 0.01);
    }

    [Fact]
    public void Seek_AnyPosition_ResumesExactly()
        => Gen.Select(Gen.Int[1, 40_000], Gen.Int[1, 3_000], Gen.Int[0, 3], Gen.Int[0, 40_000]).Sample((samples, batchSize, epoch, start) =>
        {
            var split = Numbered(samples);
            start %= samples;
            var whole = new BatchSampler(split, batchSize, 9);
            whole.Seek(epoch, 0);
            var resumed = new BatchSampler(split, batchSize, 9);
            resumed.Seek(epoch, start);
            Epoch(resumed, batchSize).ShouldBe(Epoch(whole, batchSize).Skip(start));
        }, iter: 20);

    [Fact]
    public void Next_AtTheEnd_GoesOnWithTheNextEpoch()
    {
        var split = Numbered(10);
        var sampler = new BatchSampler(split, 4, 1);
        using var batch = new Batch(Fields, 4);
        List<(long, long, int)> steps = [];
        for (var i = 0; i < 5; i++)
        {
            sampler.Next(batch);
            steps.Add((sampler.Epoch, sampler.Position, batch.Size));
        }

        steps.ShouldBe([(0, 4, 4), (0, 8, 4), (0, 10, 2), (1, 4, 4), (1, 8, 4)]);
    }

    [Fact]
    public void Next_AfterTheFirst_AllocatesNothing()
    {
        var sampler = new BatchSampler(Numbered(50_000), 512, 1);
        using var batch = new Batch(Fields, 512);
        Allocations.ShouldBeNone(() =>
        {
            for (var i = 0; i < 300; i++) sampler.Next(batch); // three epochs
        });
    }

    [Fact]
    public void New_EmptySplit_SaysSo()
        => Should.Throw<AutoDimException>(() => new BatchSampler(Numbered(0), 4, 1)).Message.ShouldContain("no rows");

    [Theory, InlineData(-1, 0), InlineData(0, -1), InlineData(0, 11)]
    public void Seek_Nowhere_Refuses(long epoch, long position)
        => Should.Throw<ArgumentOutOfRangeException>(() => new BatchSampler(Numbered(10), 4, 1).Seek(epoch, position));
}
