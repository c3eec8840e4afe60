using AutoDim.Autograd;
using AutoDim.Compression.AutoEmb;
using AutoDim.Compression.Elements;
using AutoDim.Compression.OptEmbed;
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

    [Fact]
    public void PrefixMaps_OfCandidates_EqualsCentralDifference()
    {
        Parameter[] weights = [probe.Input("first", 1, 3), probe.Input("second", 2, 3), probe.Input("third", 4, 3)];
        var rows = probe.Input("rows", 5, 4);
        probe.Check(() => PrefixMaps.Apply(probe.Tape, rows, weights));
    }

    /// <summary>Of rows that are there for good: at the step itself the gradient is a surrogate's, which no difference gives.</summary>
    [Fact]
    public unsafe void MaskRows_FarFromTheStep_EqualsCentralDifference()
    {
        var (rows, thresholds) = (probe.Input("rows", 6, 4), probe.Constant("thresholds", 1, 1));
        probe.Check(() =>
        {
            var dims = probe.Tape.NewScratch(6);
            for (var u = 0; u < 6; u++) dims[u] = 1 + (u % 4);
            return MaskRows.Apply(probe.Tape, thresholds, 0, dims, Real.NegativeInfinity, rows);
        });
    }
}
