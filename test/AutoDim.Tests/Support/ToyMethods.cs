using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Tests.Support;

/// <summary>What methods work with, on toy data: a factorization machine of dimension 8 trained for some epochs.</summary>
internal sealed class ToyMethods : IDisposable
{
    public const int FullDim = 8;

    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);
    private readonly ClickData data;

    /// <param name="rareUsers">Further users, who share a tenth of the samples and tell nothing.</param>
    /// <param name="l2">Of the tables.</param>
    public ToyMethods(int rareUsers = 0, double l2 = 0)
    {
        Training = new TrainingOptions { Epochs = 8, BatchSize = 100, LearningRate = 0.02, Tables = new() { LearningRate = 0.02, L2 = l2 } };
        data = Toy.Clicks(train: 3000, valid: 1500, rareUsers: rareUsers);
        Context = new MethodContext
        {
            Fields = data.Fields,
            Train = data.Train,
            Valid = data.Valid,
            LinearRow = LinearRow.Weight,
            FullDim = FullDim,
            Candidates = [1, 2, 4, 8],
            Training = Training,
            TableL2 = Training.Tables.L2,
            LoadFull = Load,
            NewModel = embedding => ModelCatalog.Find("fm").Create(new ModelContext(data.Fields, Options, new CounterRandom(1, ModelContext.Stream), pool, embedding)),
            KeepMask = mask => mask.Save(MaskFile(mask.Id)),
            Search = Search,
            CountRows = () => data.TrainCounts,
            FoldedFields = minCounts => new RowFolding(data, minCounts).Fields,
            FoldedCounts = (field, minCount) => new RowFolding(data, [.. data.Fields.Select((_, m) => m == field ? minCount : 0)]).CountsOf(data, field),
            Try = plan =>
            {
                Tried.Add(plan);
                return plan.Parameters;
            },
            Measured = (done, total) => Measured = (done, total),
        };
    }

    public TrainingOptions Training { get; }

    public ModelOptions Options { get; } = new() { InitialDeviation = 0.1 };

    public MethodContext Context { get; }

    public ClickData Data => data;

    public List<EmbeddingPlan> Tried { get; } = [];

    /// <summary>How many measurements were done, of how many.</summary>
    public (int Done, int Total) Measured { get; private set; }

    /// <summary>The mask of a plan's field.</summary>
    public RowMask MaskOf(EmbeddingPlan plan, int field) => RowMask.Load(MaskFile(((MaskedForm)plan.Fields[field].Form!).Mask), plan.Fields[field].Rows, plan.Fields[field].Dim);

    public CtrModel Load()
    {
        var model = ModelCatalog.Find("fm").Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Uniform(data.Fields, FullDim), Options, 1, pool));
        var path = folder.File("full.safetensors");
        if (!File.Exists(path))
        {
            using var learner = new Learner(model, Training);
            new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
            TensorFile.Write(path, LearnerState.Weights(model), new Dictionary<string, string>());
        }

        TensorFile.Read(path, LearnerState.Weights(model));
        return model;
    }

    public void Dispose()
    {
        folder.Dispose();
        pool.Dispose();
        data.Dispose();
    }

    private string MaskFile(long id) => folder.File($"mask-{id}.bin");

    private SearchResult Search(SearchKind kind)
    {
        using var search = new AutoDimSearch(ModelCatalog.Find("fm"), Options, Training, new AutoDimOptions { Candidates = [1, 2, 4, 8], Epochs = 2, SingleLevel = kind == SearchKind.SingleLevel }, data, pool, inBlocks: kind == SearchKind.Blocks);
        return search.Run(TestContext.Current.CancellationToken);
    }
}
