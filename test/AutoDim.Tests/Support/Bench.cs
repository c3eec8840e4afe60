using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Layers;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Tests.Support;

/// <summary>A small model on its bench: pool, model, learner and batches to feed it.</summary>
internal sealed class Bench : IDisposable
{
    public static readonly ModelOptions SmallModel = new()
    {
        Hidden = [6, 4],
        Dropout = 0.2,
        InitialDeviation = 0.3,
        CrossLayers = 2,
        InteractionUnits = [3, 2],
        AttentionLayers = 2,
        AttentionUnits = 4,
        AttentionDropout = 0.1,
        SecondHidden = [8],
        FusionHeads = 2,
    };

    public static readonly TrainingOptions SmallTraining = new() { BatchSize = 32, EvaluationBatchSize = 64, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };

    /// <summary>Forms of a model that an option chooses, by the name that tests give them.</summary>
    private static readonly (string Name, string Model, Func<ModelOptions, ModelOptions> Choose)[] Forms =
    [
        ("dcnv2, stacked", "dcnv2", options => options with { CrossStructure = CrossStructure.Stacked }),
        ("dnn, tanh", "dnn", options => options with { Activation = ActivationKind.Tanh }),
        ("din, dice", "din", options => options with { Activation = ActivationKind.Dice }),
        ("dcnv2, experts", "dcnv2", options => options with { CrossRank = 3, CrossExperts = 2 }),
        ("finalmlp, gates", "finalmlp", options => options with { GateHidden = [8, 8], FirstGateFields = ["item", "tags"] }),
        ("fwfm, value weights", "fwfm", options => options with { LinearTerm = LinearTerm.ValueWeights }),
        ("fwfm, value vectors", "fwfm", options => options with { LinearTerm = LinearTerm.ValueVectors }),
        .. new[] { "fm", "ffm", "afm", "nfm", "widedeep", "deepfm", "autofis", "xdeepfm" }
            .Select(model => ($"{model}, field vectors", model, (Func<ModelOptions, ModelOptions>)(options => options with { FirstOrder = FirstOrderTerm.FieldVectors }))),
        ("autofis, all triples", "autofis", options => options with { InteractionOrder = 3 }),
        ("autofis, triples", "autofis", options => options with { Pairs = ["user:tags"], Triples = ["user:item:tags"] }),
        ("autofis, pairs", "autofis", options => options with { Pairs = ["user:tags", "item:tags"] }),
    ];

    public Bench(string model, int[] dims, Projection projection = Projection.Linear, ModelOptions? options = null, TrainingOptions? training = null, int threads = 1, ulong seed = 7, Ranks? ranks = null, IReadOnlyList<Field>? fields = null)
    {
        Pool = new WorkerPool(threads) { Ranks = ranks ?? Ranks.One };
        fields ??= SmallData.Fields;
        Plan = EmbeddingPlan.Of(fields, dims, forms: FormsOf(model, SmallData.Fields.Length)) with { Projection = projection };
        Model = Find(model).Create(ModelContext.Planned(fields, Plan, options ?? SmallModel, seed, Pool));
        Learner = new Learner(Model, training ?? SmallTraining);
    }

    /// <summary>Models whose fields' vectors are made by a form, by the name that tests give them.</summary>
    private static readonly (string Name, string Model, string Form)[] RowForms =
    [
        ("deepfm, hashed rows", "deepfm", "hash:3"),
        ("deepfm, quotients and remainders", "deepfm", "qr:3"),
        ("deepfm, blocks", "deepfm", "robe:6:2"),
        ("deepfm, tensor trains", "deepfm", "tt:2"),
        ("deepfm, nearest centroids", "deepfm", "dpq:2:4"),
        ("deepfm, centroids by softmax", "deepfm", "dpqsx:2:4"),
        ("deepfm, fewer centroids for rare values", "deepfm", "mgqe:2:4:2"),
    ];

    /// <summary>Every model and form of one with one dimension for all fields, and those with vectors also with dimensions that differ.</summary>
    public static TheoryData<string, int[], Projection> Models()
    {
        var cases = new TheoryData<string, int[], Projection>();
        foreach (var name in Names)
        {
            var model = Find(name);
            cases.Add(name, [3, 3, 3, 3], Projection.Linear);
            if (!model.HasVectors) continue;
            foreach (var projection in model.Projections) cases.Add(name, [1, 5, 2, 1], projection);
            cases.Add(name, [4, 0, 2, 4], Projection.Linear);
        }

        return cases;
    }

    /// <summary>Every form of rows, with dimensions that are the same, differ, or are 0.</summary>
    public static TheoryData<string, int[], Projection> RowFormModels() => RowFormModels(_ => true);

    /// <summary>Those whose loss has the gradient that it is given: codes go straight past theirs.</summary>
    public static TheoryData<string, int[], Projection> SmoothRowFormModels() => RowFormModels(form => form is not CodedForm);

    private static TheoryData<string, int[], Projection> RowFormModels(Func<RowForm, bool> chooses)
    {
        var cases = new TheoryData<string, int[], Projection>();
        foreach (var (name, _, _) in RowForms.Where(form => chooses(RowForm.Parse(form.Form))))
        {
            cases.Add(name, [3, 3, 3, 3], Projection.Linear);
            cases.Add(name, [1, 5, 2, 1], Projection.Linear);
            cases.Add(name, [4, 0, 2, 4], Projection.ZeroPadding);
        }

        return cases;
    }

    /// <summary>A model for every form of rows.</summary>
    public static IEnumerable<string> RowFormNames => RowForms.Select(form => form.Name);

    /// <summary>Every model and form of one that has vectors.</summary>
    public static TheoryData<string> ModelsWithVectors() => [.. Names.Where(name => Find(name).HasVectors)];

    /// <summary>A model of the catalogue, or a form of one.</summary>
    public static ModelCatalog.Entry Find(string name)
    {
        var (chosen, made) = (Array.Find(Forms, form => form.Name == name), Array.Find(RowForms, form => form.Name == name));
        var entry = ModelCatalog.Find(chosen.Model ?? made.Model ?? name);
        return chosen.Model == null && made.Model == null ? entry : entry with
        {
            LinearRow = options => entry.LinearRow(chosen.Choose?.Invoke(options) ?? options),
            Make = context => entry.Make(new ModelContext(context.Fields, chosen.Choose?.Invoke(context.Options) ?? context.Options, context.Random, context.Pool, context.Embedding, context.Tables.Storages,
                forms: FormsOf(name, context.Fields.Count), isDeployed: context.Tables.IsDeployed, counts: context.Tables.Counts)),
        };
    }

    /// <summary>The form of each field's vectors in a model of that name; empty where each value has a row.</summary>
    public static IReadOnlyList<RowForm?> FormsOf(string name, int fields)
        => Array.Find(RowForms, form => form.Name == name).Form is { } form ? [.. Enumerable.Repeat(RowForm.Parse(form), fields)] : [];

    /// <summary>Moves every dense weight and statistic off its start, so that none hides behind a 0 or 1, or stands on ReLU's corner.</summary>
    public static void Shake(CtrModel model)
    {
        var position = 0;
        foreach (var parameter in model.Parameters.Concat(model.Statistics))
        {
            for (var i = 0; i < parameter.Values.Length; i++) parameter.Values[i] += (Real)(0.2 * (1 + Math.Sin(position++)));
        }
    }

    private static IEnumerable<string> Names => [.. ModelCatalog.All.Select(model => model.Name), .. Forms.Select(form => form.Name)];

    public WorkerPool Pool { get; }

    public EmbeddingPlan Plan { get; }

    public CtrModel Model { get; }

    public Learner Learner { get; }

    /// <summary>Fills the learner's batch with made-up samples.</summary>
    public Batch Fill(ulong seed, int size = 32)
    {
        SmallData.Fill(Learner.Input.Batch, SmallData.Fields, size, seed);
        return Learner.Input.Batch;
    }

    /// <summary>Steps on a few batches in turn; the last loss.</summary>
    public double Train(int steps, int batches = 4)
    {
        var loss = double.NaN;
        for (var step = 0; step < steps; step++)
        {
            Fill((ulong)(step % batches) + 1);
            loss = Learner.Step();
        }

        return loss;
    }

    /// <summary>A copy of every number a prediction depends on.</summary>
    public Dictionary<string, Real[]> Weights() => Copy(LearnerState.Weights(Model));

    /// <summary>A copy of every number training goes on from.</summary>
    public Dictionary<string, Real[]> State() => Copy(LearnerState.All(Learner));

    public static unsafe Dictionary<string, Real[]> Copy(IEnumerable<NamedArray> arrays) => arrays.Where(array => array.Type == NamedArray.ElementType.Number)
        .ToDictionary(array => array.Name, array => new ReadOnlySpan<Real>((void*)array.Address, checked((int)(array.Rows * array.Columns))).ToArray());

    /// <summary>Bit for bit the same.</summary>
    public static void ShouldBeSame(Dictionary<string, Real[]> actual, Dictionary<string, Real[]> expected)
    {
        actual.Keys.ShouldBe(expected.Keys);
        foreach (var (name, values) in expected) actual[name].AsSpan().SequenceEqual(values).ShouldBeTrue($"{name} differs");
    }

    public void Dispose()
    {
        Learner.Dispose();
        Model.Dispose();
        Pool.Dispose();
    }
}
