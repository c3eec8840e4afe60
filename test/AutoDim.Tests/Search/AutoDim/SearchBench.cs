using AutoDim.Data;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Search.AutoDim;

/// <summary>Small whole searches on the toy data.</summary>
internal sealed class SearchBench(AutoDimOptions options, ClickData data, int threads = 1, RunFolder? folder = null, Ranks? ranks = null, WarmStart? start = null, bool inBlocks = false) : IDisposable
{
    /// <summary>4 epochs of 13 steps, α moving at every one after the first.</summary>
    public static readonly AutoDimOptions Small = new() { Candidates = [1, 2, 5], Epochs = 4, UpdateEvery = 1, AlphaLearningRate = 0.03, InitialDeviation = 0.1 };

    private readonly WorkerPool pool = new(threads) { Ranks = ranks ?? Ranks.One };
    private AutoDimSearch? search;

    /// <summary>Without dropout, whose draws would differ between layers of different operation counts.</summary>
    public AutoDimSearch Search => search ??= new AutoDimSearch(
        ModelCatalog.Find("deepfm"), Bench.SmallModel with { Dropout = 0, BatchNorm = false }, Bench.SmallTraining, options, data, pool, folder, start, inBlocks);

    public Real[] Alpha => Search.Embedding.Alpha.Values.ToArray();

    /// <summary>All that a search goes on from.</summary>
    public Dictionary<string, Real[]> State => Bench.Copy([.. LearnerState.All(Search.Learner), NamedArray.Of(Search.Embedding.Alpha)]);

    public void Dispose()
    {
        search?.Dispose();
        pool.Dispose();
    }
}
