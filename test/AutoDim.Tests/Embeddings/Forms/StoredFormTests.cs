using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed unsafe class StoredFormTests
{
    /// <summary>Each number becomes one of its two neighbours on the row's grid, and the mean of many draws is the number; one that lies on the grid stays.</summary>
    [Theory, InlineData(RowStorage.Int8), InlineData(RowStorage.Float16)]
    public void EncodeByChance_ManyDraws_MeanIsTheNumber(RowStorage storage)
    {
        const int Draws = 20_000;
        Real[] numbers = [(Real)0.3001, (Real)(-0.07123), (Real)0.0004, 0, (Real)(-0.5)];
        var dim = numbers.Length;
        var sums = new double[dim];
        var step = storage == RowStorage.Int8 ? ScaleFor(0.5 / 127) : 0.5 / 1024;
        fixed (Real* row = numbers)
        {
            byte* packed = stackalloc byte[(int)RowFormat.BytesIn(storage, dim)];
            Real* read = stackalloc Real[dim], again = stackalloc Real[dim];
            for (var draw = 0; draw < Draws; draw++)
            {
                RowFormat.EncodeByChance(storage, row, dim, packed, new CounterRandom((ulong)draw, 5), 0);
                RowFormat.Decode(storage, packed, dim, read);
                for (var k = 0; k < dim; k++)
                {
                    sums[k] += read[k];
                    Math.Abs((double)read[k] - numbers[k]).ShouldBeLessThan(step * 1.0001);
                }
            }

            RowFormat.EncodeByChance(storage, read, dim, packed, new CounterRandom(77, 5), 0);
            RowFormat.Decode(storage, packed, dim, again);
            for (var k = 0; k < dim; k++) again[k].ShouldBe(read[k]);
        }

        for (var k = 0; k < dim; k++) (sums[k] / Draws).ShouldBe(numbers[k], 5 * step / Math.Sqrt(Draws));
    }

    [Fact]
    public void EncodeByChance_CoarserStorage_Throws() => Should.Throw<ArgumentOutOfRangeException>(() =>
    {
        Real number = 1;
        byte packed = 0;
        RowFormat.EncodeByChance(RowStorage.Int4, &number, 1, &packed, new CounterRandom(1, 1), 0);
    });

    /// <summary>What the form is for: no row lies in float32 while it trains, and with a state of one number a row the tables take a quarter of what they would.</summary>
    [Fact]
    public void Train_StoredRows_TakeTheirBytesOfMemory()
    {
        using var data = Toy.Clicks(train: 200, valid: 100);
        using var pool = new WorkerPool(1);
        using var stored = Model(data.Fields, pool, new StoredForm(8), RowStorage.Int8, dim: 64);
        using var numbers = Model(data.Fields, pool, null, RowStorage.Float32, dim: 64);
        static long Bytes(CtrModel model) => model.Tables.Where(table => table.Dim > 1).Sum(table => table.Weights.Bytes + table.Packed.Bytes);
        Bytes(stored).ShouldBe(data.Fields.Sum(field => field.Rows * (64 + 1)));
        Bytes(numbers).ShouldBe(data.Fields.Sum(field => field.Rows * 64 * sizeof(Real)));
        stored.Tables.Where(table => table.Dim == 1).ShouldAllBe(table => !table.IsPacked);
    }

    /// <summary>Threads, an interruption and L2 change nothing: chance is of the step and the row.</summary>
    [Fact]
    public void Train_StoppedAndResumedOnOtherThreads_SameBits()
    {
        using var data = Toy.Clicks(train: 1000, valid: 300);
        using var folder = new TemporaryFolder();
        byte[] Whole(int threads, int until, bool resumes)
        {
            using var pool = new WorkerPool(threads);
            using var model = Model(data.Fields, pool, new StoredForm(8), RowStorage.Int8);
            using var learner = NewLearner(model);
            var sampler = new AutoDim.Data.BatchSampler(data.Train, 100, 1);
            var checkpoint = new Checkpoint(folder.File("checkpoint"));
            if (resumes) checkpoint.Read(LearnerState.All(learner));
            learner.Tables.Step = resumes ? 7 : 0;
            learner.Dense.Step = learner.Tables.Step;
            for (var step = 0; step < until; step++)
            {
                sampler.Next(learner.Input.Batch);
                if (step >= learner.Tables.Step) learner.Step();
            }

            if (until == 7) checkpoint.Write(LearnerState.All(learner), new Dictionary<string, string>());
            learner.Tables.CatchUpAll();
            return [.. model.Tables.SelectMany(table => table.IsPacked ? new ReadOnlySpan<byte>(table.Packed.Pointer, (int)table.Packed.Bytes).ToArray() : new ReadOnlySpan<byte>(table.Weights.Pointer, (int)table.Weights.Bytes).ToArray())];
        }

        var atOnce = Whole(threads: 1, until: 20, resumes: false);
        Whole(threads: 2, until: 7, resumes: false);
        Whole(threads: 3, until: 20, resumes: true).ShouldBe(atOnce);
    }

    /// <summary>On average over starts, learning in eight bits comes close to learning in 32; a rounding to the nearest would lose steps smaller than half of the grid's.</summary>
    [Fact]
    public void Fit_EightBits_CloseToFloat32()
    {
        using var data = Toy.Clicks(train: 4000, valid: 2000);
        using var pool = new WorkerPool(1);
        double AucOf(RowForm? form, ulong seed)
        {
            using var model = Model(data.Fields, pool, form, RowStorage.Float32, seed: seed);
            using var learner = new Learner(model, new TrainingOptions { Epochs = 12, BatchSize = 100, LearningRate = 0.005, Tables = new() { LearningRate = 0.005 } });
            return new Trainer(learner, data).Fit(TestContext.Current.CancellationToken).ValidAuc;
        }

        double Mean(RowForm? form) => Enumerable.Range(1, 4).Average(seed => AucOf(form, (ulong)seed));
        Mean(new StoredForm(8)).ShouldBe(Mean(null), 0.01);
    }

    [Fact]
    public void Learner_DenseUpdateOfStoredRows_Refused()
    {
        using var data = Toy.Clicks(train: 200, valid: 100);
        using var pool = new WorkerPool(1);
        using var model = Model(data.Fields, pool, new StoredForm(8), RowStorage.Int8);
        Should.Throw<AutoDimException>(() => TableOptimizer.Create(model.Set, new TableOptimizerOptions { Dense = true })).Message.ShouldContain("--table-dense");
    }

    [Theory, InlineData(RowStorage.Int8, 8), InlineData(RowStorage.Float16, 16), InlineData(RowStorage.Int4, 8)]
    public void StoredInTraining_UniformPlan_HasTheFormOfItsStorage(RowStorage storage, int bits)
    {
        using var data = Toy.Clicks(train: 200, valid: 100);
        var plan = EmbeddingPlan.Uniform(data.Fields, 8).Stored(storage).StoredInTraining;
        plan.Forms.ShouldAllBe(form => form == new StoredForm(bits));
        plan.IsAsTrained.ShouldBeFalse();
        plan.AsNumbers.Forms.ShouldBeEmpty();
        EmbeddingPlan.Uniform(data.Fields, 8).StoredInTraining.Forms.ShouldBeEmpty();
    }

    private static CtrModel Model(IReadOnlyList<AutoDim.Data.Field> fields, WorkerPool pool, RowForm? form, RowStorage storage, int dim = 8, ulong seed = 1)
    {
        var plan = EmbeddingPlan.Of(fields, fields.Select(_ => dim), forms: [.. fields.Select(_ => form)]).Stored(storage);
        return ModelCatalog.Find("fm").Create(ModelContext.Planned(fields, plan.Trained, new ModelOptions { InitialDeviation = 0.1 }, seed, pool));
    }

    private static Learner NewLearner(CtrModel model)
        => new(model, new TrainingOptions { BatchSize = 100, LearningRate = 0.02, Tables = new() { LearningRate = 0.02, L2 = 1e-3 } });

    /// <summary>The least scale that a byte can stand for, not below a number.</summary>
    private static double ScaleFor(double number) => Enumerable.Range(1, 255).Select(code => (double)RowFormat.ScaleOf((byte)code)).First(scale => scale >= number);
}
