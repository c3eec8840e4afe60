using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Runs.Scaling;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs.Scaling;

/// <summary>The model of a step's cost on several ranks: its counts against those of real steps, its formulas against plain ones.</summary>
public sealed class ScalingModelTests
{
    private const int Batch = 600;

    [Fact]
    public void Fit_PointsOnALine_FindsIt()
    {
        var (start, slope) = ScalingModel.Fit([(4096, 0.01 + (4096 * 3e-5)), (2048, 0.01 + (2048 * 3e-5)), (512, 0.01 + (512 * 3e-5))]);
        start.ShouldBe(0.01, 1e-12);
        slope.ShouldBe(3e-5, 1e-12);
    }

    [Fact]
    public void Fit_LineThatBeginsBelowNothing_BeginsAtNothing()
    {
        var (start, slope) = ScalingModel.Fit([(100, 1), (50, 0.4)]);
        start.ShouldBe(0);
        slope.ShouldBeInRange(0.008, 0.01);
    }

    [Theory, InlineData(2), InlineData(3), InlineData(8)]
    public void NetworkSpeed_OfTimesByTheFormula_FindsTheSpeed(int ranks)
    {
        var (latency, perMessage, bandwidth) = (12e-6, ranks == 2 ? 0 : 2e-6, 3e9);
        (double Sum, double Exchange) Seconds(double bytes) => (
            (Math.Ceiling(Math.Log2(ranks)) * latency) + (2.0 * (ranks - 1) / ranks * bytes / bandwidth),
            latency + ((ranks - 2) * perMessage) + ((ranks - 1.0) / ranks * bytes / bandwidth));
        var speed = NetworkSpeed.Of(ranks, Seconds(0), Seconds(1 << 20), 1 << 20);
        speed.Latency.ShouldBe(latency, 1e-12);
        speed.PerMessage.ShouldBe(perMessage, 1e-12);
        speed.Bandwidth.ShouldBe(bandwidth, 1);
        speed.Exchanges(ranks, 3, 900).ShouldBe((3 * (latency + ((ranks - 2) * perMessage))) + (900 / bandwidth), 1e-9);
    }

    [Fact]
    public void DistinctValues_Zipf_AsAPlainSum()
    {
        const int Values = 50_000;
        double sum = 0, expected = 0;
        for (var r = 1; r <= Values; r++) sum += Math.Pow(r, -DistinctValues.ZipfExponent);
        for (var r = 1; r <= Values; r++) expected += 1 - Math.Pow(1 - (Math.Pow(r, -DistinctValues.ZipfExponent) / sum), 2 * 1000);
        DistinctValues.Zipf([new Field("a", Values)], [2]).In(1000, 0).ShouldBe(expected, 0.01 * expected);
    }

    [Fact]
    public void DistinctValues_OfData_AsItsBatchesHave()
    {
        using var data = Toy.Clicks(train: 6000, rareUsers: 500);
        using var pool = new WorkerPool(1);
        using var model = ModelCatalog.Find("fm").Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Uniform(data.Fields, 4), Bench.SmallModel, 1, pool));
        using var learner = new Learner(model, Bench.SmallTraining with { BatchSize = Batch });
        var distinct = DistinctValues.Of(data);
        new BatchSampler(data.Train, Batch, 5).Next(learner.Input.Batch);
        learner.Step();
        foreach (var table in model.Tables)
        {
            var seen = learner.Input.RowsOf(table).Count;
            distinct.In(Batch, table.Field).ShouldBe(seen, (0.1 * seen) + 1, table.Name);
        }
    }

    /// <summary>Messages and bytes of a real step between ranks, those of a step among copies, and those that the model counts.</summary>
    [Theory, InlineData(2, false), InlineData(3, false), InlineData(2, true), InlineData(3, true)]
    public void Counts_OfAStep_AsRanksSend(int count, bool shared)
    {
        var limit = shared ? 0 : Ranks.DefaultReplicatedBytes;
        var sent = ThreadRanks.Run(count, ranks => TrafficOf(ranks), limit);
        using var echo = new EchoRanks(count) { ReplicatedBytes = limit };
        var echoed = TrafficOf(echo);
        foreach (var traffic in sent)
        {
            traffic.Sums.ShouldBe(echoed.Sums);
            traffic.SummedBytes.ShouldBe(echoed.SummedBytes);
            traffic.Exchanges.ShouldBe(echoed.Exchanges);
        }

        using var data = Data();
        var counts = new StepCounts([.. data.Fields.SelectMany((field, m) => new[] { 4, 1 }.Select(dim => TablePlacement.Of(field.Name, m, field.Rows, dim, width => width, count, Batch, limit)))], DistinctValues.Of(data));
        counts.Exchanges.ShouldBe((int)sent[0].Exchanges);
        counts.SentBytes(count, Batch).ShouldBe(sent.Average(traffic => traffic.SentBytes), 0.1 * sent.Average(traffic => traffic.SentBytes));
        counts.SentBytes(1, Batch).ShouldBe(0);
    }

    [Fact]
    public void Predict_SumOfItsParts_AndOneRankIsWhatAllAreComparedWith()
    {
        using var data = Data();
        var counts = new StepCounts([.. data.Fields.Select((field, m) => TablePlacement.Of(field.Name, m, field.Rows, 4, width => width, 8, Batch, 0))], DistinctValues.Of(data));
        var model = new ScalingModel(counts, PerStep: 0.001, PerSample: 2e-5, PerRowByte: 1e-9, Sums: 4, SummedBytes: 80_000);
        var network = new NetworkSpeed(10e-6, 1e-6, 1e9);
        model.Predict(1, Batch, network).Efficiency.ShouldBe(1, 1e-12);
        var point = model.Predict(8, Batch, network);
        point.ComputeSeconds.ShouldBe(0.001 + (2e-5 * Batch / 8), 1e-12);
        point.SumSeconds.ShouldBe((4 * 3 * 10e-6) + (2 * 7 / 8.0 * 80_000 / 1e9), 1e-12);
        point.ExchangeSeconds.ShouldBe((6 * 16e-6) + (counts.SentBytes(8, Batch) / 1e9), 1e-12);
        point.RowSeconds.ShouldBe(1e-9 * counts.HandledBytes(8, Batch), 1e-12);
        point.Efficiency.ShouldBe((0.001 + (2e-5 * Batch)) / (8 * (point.ComputeSeconds + point.SumSeconds + point.ExchangeSeconds + point.RowSeconds)), 1e-12);
        point.SamplesPerSecond.ShouldBe(Batch / point.StepSeconds, 1e-9);
    }

    [Theory, InlineData(1, new[] { 1 }), InlineData(8, new[] { 1, 2, 4, 8 }), InlineData(12, new[] { 1, 2, 4, 8, 12 })]
    public void UpTo_PowersOfTwoAndTheNumber(int ranks, int[] expected) => RanksEstimate.UpTo(ranks).ShouldBe(expected);

    private static ClickData Data() => Toy.Clicks(train: 6000, rareUsers: 500);

    private static RankTraffic TrafficOf(Ranks ranks)
    {
        using var data = Data();
        using var pool = new WorkerPool(1) { Ranks = ranks };
        using var model = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Uniform(data.Fields, 4), Bench.SmallModel, 1, pool));
        using var learner = new Learner(model, Bench.SmallTraining with { BatchSize = Batch });
        new BatchSampler(data.Train, Batch, 5, ranks).Next(learner.Input.Batch);
        learner.Step();
        return ranks.Traffic.Copy();
    }
}
