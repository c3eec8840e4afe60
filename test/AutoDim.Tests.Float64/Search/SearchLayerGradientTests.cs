using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Search;

/// <summary>The collapsed search layer against central differences and against the layer written out.</summary>
public sealed class SearchLayerGradientTests
{
    private static readonly ModelOptions Small = Bench.SmallModel with { Hidden = [6], Dropout = 0 };

    public static TheoryData<CandidateMaps, bool, bool, bool> Forms() => new()
    {
        { CandidateMaps.PerField, false, true, false },
        { CandidateMaps.PerField, false, false, false },
        { CandidateMaps.PerField, true, true, false },
        { CandidateMaps.Shared, false, true, false },
        { CandidateMaps.ZeroPadding, false, true, false },
        { CandidateMaps.PerField, true, true, true },
        { CandidateMaps.Shared, false, false, true },
    };

    [Theory, MemberData(nameof(Forms))]
    public void Gradient_OfCollapsedLayer_EqualsCentralDifference(CandidateMaps maps, bool separate, bool gains, bool inBlocks) => CheckGradient(SearchLayer.Collapsed, maps, separate, gains, inBlocks);

    [Theory, MemberData(nameof(Forms))]
    public void Gradient_OfWrittenOutLayer_EqualsCentralDifference(CandidateMaps maps, bool separate, bool gains, bool inBlocks) => CheckGradient(SearchLayer.WrittenOut, maps, separate, gains, inBlocks);

    [Theory, MemberData(nameof(Bench.ModelsWithVectors), MemberType = typeof(Bench))]
    public void Gradient_OfAnyModelInSearch_EqualsCentralDifference(string model) => CheckGradient(SearchLayer.Collapsed, CandidateMaps.PerField, separate: false, gains: true, inBlocks: false, model);

    private static void CheckGradient(SearchLayer layer, CandidateMaps maps, bool separate, bool gains, bool inBlocks, string model = "deepfm")
    {
        using var search = new Subject(new AutoDimOptions { Candidates = [0, 1, 2, 5], Maps = maps, SeparateTables = separate, Layer = layer, Gains = gains, InitialDeviation = 0.5 }, model, inBlocks);
        search.SpreadAlpha();
        Bench.Shake(search.Model);
        Gradients.Check(
            search.Tape,
            () => search.Tape.LogLoss(search.Model.Forward(search.Tape, search.Input), search.Input.Batch),
            search.Model.Parameters.Append(search.Embedding.Alpha),
            search.Model.Tables);
    }

    internal sealed class Subject : IDisposable
    {
        public Subject(AutoDimOptions options, string model = "deepfm", bool inBlocks = false)
        {
            PopularityBlocks? Thirds(Field field) => field.MultiValued ? null : new([field.Rows, field.Rows, field.Rows], [.. Enumerable.Range(0, (int)field.Rows).Select(row => (byte)(row % 3))]);
            var space = new SearchSpace(SmallData.Fields, options.Candidates, options.SeparateTables, inBlocks ? [.. SmallData.Fields.Select(Thirds)] : null);
            var context = new ModelContext(SmallData.Fields, Small, new CounterRandom(5, 0), Pool, context => Embedding = new SearchEmbedding(context, space, options));
            Model = Bench.Find(model).Create(context);
            Tape = new Tape(Pool, 3);
            Input = new IndexedBatch(SmallData.Fields, 24);
            SmallData.Fill(Input.Batch, SmallData.Fields, 24, 11);
            Input.Index(Pool);
        }

        public WorkerPool Pool { get; } = new(2);

        public SearchEmbedding Embedding { get; private set; } = null!;

        public CtrModel Model { get; }

        public Tape Tape { get; }

        public IndexedBatch Input { get; }

        public void SpreadAlpha()
        {
            for (var i = 0; i < Embedding.Alpha.Values.Length; i++) Embedding.Alpha.Values[i] = (Real)(0.3 * Math.Sin(i));
        }

        public void Dispose()
        {
            Model.Dispose();
            Tape.Dispose();
            Input.Dispose();
            Embedding.Alpha.Dispose();
            Pool.Dispose();
        }
    }
}
