using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Search;

/// <summary>Central differences of the search's operations by themselves, with the mixture's weights p as free inputs.</summary>
public sealed unsafe class SearchOperationGradientTests : IDisposable
{
    private const int Samples = 12;
    private readonly OperationProbe probe = new();

    public void Dispose() => probe.Dispose();

    [Theory, InlineData(1.0, true), InlineData(0.3, true), InlineData(0.3, false)]
    public void GumbelSoftmax_NoiseAndTemperature_EqualsCentralDifference(double temperature, bool hasNoise)
    {
        var alpha = probe.Input("alpha", 3, 4);
        probe.Check(() => GumbelSoftmax.Apply(probe.Tape, alpha, [4, 2, 3], temperature, hasNoise ? new CounterRandom(1, 2) : null));
    }

    [Fact]
    public void FieldGains_TwoFields_EqualsCentralDifference()
    {
        FieldVector[] source = [new(0, probe.Input("first", Samples, 3), 0), new(1, probe.Input("second", Samples, 2), 0)];
        var gains = probe.Input("gains", 2, 1);
        var result = new FieldVectors(Samples, new FieldVector[2]);
        probe.Check(() =>
        {
            FieldGains.Apply(probe.Tape, gains, source, result.Fields);
            return probe.Tape.Concatenate(result);
        });
    }

    [Theory, InlineData(false), InlineData(true)]
    public void CollapsedMixture_OfDistinctRows_EqualsCentralDifference(bool separate) => CheckMixture(collapsed: true, separate);

    [Theory, InlineData(false), InlineData(true)]
    public void WrittenOutMixture_OfDistinctRows_EqualsCentralDifference(bool separate) => CheckMixture(collapsed: false, separate);

    /// <summary>Two fields: one whose samples share distinct rows, one with a row for each sample.</summary>
    private void CheckMixture(bool collapsed, bool separate)
    {
        Field[] fields = [new("shared", 5), new("own", 50)];
        var space = new SearchSpace(fields, [0, 1, 2, 4], separate);
        var batch = probe.Own(new Batch(fields, Samples));
        SmallData.Fill(batch, fields, Samples, 4);
        var distinct = probe.Own(new DistinctRows(5, Samples));
        distinct.Build(batch.Columns[0], Samples);
        FieldMixture[] mixtures = [Mixture(0, space), Mixture(1, space)];
        mixtures[0].Source = new FieldVector(0, probe.Input("rows.shared", distinct.Count, space.RowWidth), (nint)distinct.Positions);
        mixtures[0].Distinct = distinct;
        mixtures[1].Source = new FieldVector(1, probe.Input("rows.own", Samples, space.RowWidth), 0);
        var p = probe.Input("p", 2, 4);
        var result = new FieldVectors(Samples, new FieldVector[2]);
        probe.Check(() =>
        {
            if (collapsed) CollapsedMixture.Apply(probe.Tape, space, mixtures, p, result.Fields);
            else WrittenOutMixture.Apply(probe.Tape, space, mixtures, p, result.Fields);
            return probe.Tape.Concatenate(result);
        });
    }

    private FieldMixture Mixture(int m, SearchSpace space) => new()
    {
        FirstChoice = m,
        Maps = probe.Input($"maps{m}", space.MapRows, space.Dim),
        RunningMean = probe.Constant($"mean{m}", 4, space.Dim),
        RunningVariance = probe.Constant($"variance{m}", 4, space.Dim, 1),
    };
}
