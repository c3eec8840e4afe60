using AutoDim.Autograd;
using AutoDim.Compression.AutoSrh;
using AutoDim.Compression.Pep;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Compression;

/// <summary>Central differences of what the methods that decide number by number put between rows and model.</summary>
public sealed class ElementOperationGradientTests : IDisposable
{
    private readonly OperationProbe probe = new();

    public void Dispose() => probe.Dispose();

    [Fact]
    public void SoftThreshold_OfRows_EqualsCentralDifference()
    {
        var (rows, thresholds) = (probe.Input("rows", 6, 4), probe.Input("thresholds", 1, 4));
        probe.Check(() => SoftThreshold.Apply(probe.Tape, thresholds, 0, rows));
    }

    [Fact]
    public unsafe void ScaleRows_OfBlocks_EqualsCentralDifference()
    {
        Field[] fields = [new("value", 5)];
        var batch = probe.Own(new Batch(fields, 12));
        SmallData.Fill(batch, fields, 12, 4);
        var distinct = probe.Own(new DistinctRows(5, 12));
        distinct.Build(batch.Columns[0], 12);
        var (rows, gates) = (probe.Input("rows", distinct.Count, 3), probe.Input("gates", 2, 3));
        probe.Check(() => ScaleRows.Apply(probe.Tape, gates, [0, 1, 0, 1, 1], distinct, rows));
    }
}
