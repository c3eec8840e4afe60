using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Tests.Support;

/// <summary>A small model on its bench: pool, model, learner and batches to feed it.</summary>
internal sealed class Bench : IDisposable
{
    public static readonly ModelOptions SmallModel = new() { Hidden = [6, 5], Dropout = 0.2, InitialDeviation = 0.3 };
    public static readonly TrainingOptions SmallTraining = new() { BatchSize = 32, EvaluationBatchSize = 64, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };

    public Bench(string model, int[] dims, Projection projection = Projection.Linear, ModelOptions? options = null, TrainingOptions? training = null, int threads = 1, ulong seed = 7)
    {
        Pool = new WorkerPool(threads);
        Plan = EmbeddingPlan.Of(SmallData.Fields, dims) with { Projection = projection };
        Model = ModelCatalog.Find(model).Create(ModelContext.Planned(SmallData.Fields, Plan, options ?? SmallModel, seed, Pool));
        Learner = new Learner(Model, training ?? SmallTraining);
    }

    /// <summary>Every model with one dimension for all fields, and those with vectors also with dimensions that differ.</summary>
    public static TheoryData<string, int[], Projection> Models()
    {
        var cases = new TheoryData<string, int[], Projection>();
        foreach (var model in ModelCatalog.All)
        {
            cases.Add(model.Name, [3, 3, 3, 3], Projection.Linear);
            if (!model.HasVectors) continue;
            cases.Add(model.Name, [1, 5, 2, 1], Projection.Linear);
            cases.Add(model.Name, [1, 5, 2, 1], Projection.ZeroPadding);
            cases.Add(model.Name, [4, 0, 2, 4], Projection.Linear);
        }

        return cases;
    }

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

    public static unsafe Dictionary<string, Real[]> Copy(IEnumerable<NamedArray> arrays) => arrays.Where(array => !array.IsInteger)
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
