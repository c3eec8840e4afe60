using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Runs.Scaling;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs.Scaling;

/// <summary>Where tables lie when the user does not say: the cheaper of two ways, by bytes and messages.</summary>
public sealed class TablePlannerTests
{
    private const int Batch = 4096, Dim = 16;

    private static readonly Field[] Small = [new("user", 5000), new("item", 300), new("hour", 24)];

    private static readonly DistinctValues Distinct = DistinctValues.Zipf(Small, [1, 1, 1]);

    [Theory, InlineData(2), InlineData(3), InlineData(4), InlineData(6), InlineData(8), InlineData(16), InlineData(64), InlineData(1024)]
    public void ReplicatedBytes_SmallTables_SpreadWhereThatTakesLessTime(int ranks)
    {
        var network = NetworkSpeed.Default;
        double whole = 0, spread = 0;
        for (var m = 0; m < Small.Length; m++)
        {
            foreach (var dim in (int[])[Dim, 1])
            {
                double distinct = (long)Distinct.In((double)Batch / ranks, m), number = sizeof(Real);
                whole += ((ranks - 1) * distinct * (8 + (number * dim))) + (sizeof(int) * (ranks - 1));
                spread += ((ranks - 1.0) / ranks * distinct * (16 + (2 * number * dim))) + (2 * sizeof(int) * (ranks - 1));
            }
        }

        var moreExchanges = 3 * (network.Latency + ((ranks - 2) * network.PerMessage));
        var isSpread = (spread / network.Bandwidth) + moreExchanges < whole / network.Bandwidth;
        Limit(Small, Distinct, ranks).ShouldBe(isSpread ? 0 : Ranks.DefaultReplicatedBytes);
        if (ranks == 2) isSpread.ShouldBeFalse();
        if (ranks == 16) isSpread.ShouldBeTrue();
    }

    /// <summary>Their exchanges are paid for anyway; between two ranks whole ones cost no more.</summary>
    [Fact]
    public void ReplicatedBytes_BesideALargeTable_SmallOnesFollowIt()
    {
        Field[] fields = [.. Small, new("page", Ranks.DefaultReplicatedBytes)];
        var distinct = DistinctValues.Zipf(fields, [1, 1, 1, 1]);
        Limit(fields, distinct, 2).ShouldBe(Ranks.DefaultReplicatedBytes);
        Limit(fields, distinct, 4).ShouldBe(0);
    }

    [Theory, InlineData(null), InlineData(5L)]
    public void Choose_WhatTheUserChose_Stays(long? given)
    {
        using var data = Toy.Clicks();
        using var ranks = new EchoRanks(64) { ReplicatedBytes = given };
        using var pool = new WorkerPool(1) { Ranks = ranks };
        TablePlanner.Choose(pool, data, ModelCatalog.Find("deepfm"), Bench.SmallModel, Bench.SmallTraining, [4, 4, 4, 4], new RunObserver());
        if (given == null) ranks.ReplicatedBytes.ShouldNotBeNull();
        else ranks.ReplicatedBytes.ShouldBe(given);
    }

    [Theory, InlineData(null, 0, 6), InlineData("1B", 6, 6), InlineData("1GiB", 0, 0)]
    public void Estimate_Ranks_PrintsTheChoice(string? replicate, int ofTwo, int ofMany)
    {
        var (code, output, errors) = CommandLine.Run([
            "estimate", "--rows", "1000000", "--values", "5000,300,24", "--model", "deepfm", "--dim", "16", "--hidden", "8", "--threads", "1", "--batch-size", "4096", "--ranks", "16", "--json",
            .. replicate == null ? Array.Empty<string>() : ["--replicate", replicate]]);
        code.ShouldBe(0, errors);
        var spread = JsonNode.Parse(output)!["scaling"]!.AsArray().ToDictionary(point => (int)point!["ranks"]!, point => (int)point!["spreadTables"]!);
        (spread[1], spread[2], spread[16]).ShouldBe((0, ofTwo, ofMany));
    }

    private static long Limit(Field[] fields, DistinctValues distinct, int ranks) => TablePlanner.ReplicatedBytes(
        limit => TablePlacement.Of(fields, [.. fields.Select(_ => Dim)], LinearRow.Weight, new TrainingOptions { BatchSize = Batch }, ranks, limit), distinct, ranks, Batch);
}
