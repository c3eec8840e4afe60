using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Embeddings.Forms;

public sealed unsafe class RoundedFormTests
{
    private const int Rows = 40, Dim = 7;

    /// <summary>A number on the grid of its row's storage, and the nearest there: half a step away at most, or beyond the ends.</summary>
    [Theory, InlineData("rounded:2", 3, 2), InlineData("rounded:3", 7, 2), InlineData("rounded:4", 7, 1), InlineData("rounded:8", 127, 1)]
    public void Lookup_Training_RowsAreOnTheirGrid(string form, int limit, int step)
    {
        using var probe = new FormProbe(form, Rows, Dim);
        var vectors = probe.Lookup();
        for (var row = 0; row < Rows; row++)
        {
            var rowOf = row;
            double[] rounded = [.. Enumerable.Range(0, Dim).Select(k => (double)vectors[rowOf, k])];
            var scale = Enumerable.Range(1, 255).Select(code => (double)RowFormat.ScaleOf((byte)code))
                .Where(candidate => rounded.All(number => Math.Abs(number / candidate) <= limit && (Math.Abs(number / candidate) + limit) % step == 0)).Max();
            for (var k = 0; k < Dim; k++)
            {
                var number = Math.Clamp(probe.Number("", row, k), -limit * scale, limit * scale);
                Math.Abs(number - rounded[k]).ShouldBeLessThanOrEqualTo(step * scale / 2 * 1.0001);
            }
        }
    }

    [Fact]
    public void Backward_Rounded_TheNumbersHaveTheVectorsGradient()
    {
        using var probe = new FormProbe("rounded:2", Rows, Dim);
        var vectors = probe.Backward();
        var numbers = probe.Tape.Lookups.Single().Vectors;
        new ReadOnlySpan<Real>(vectors.Gradient, Rows * Dim).ContainsAnyExcept((Real)0).ShouldBeTrue();
        new ReadOnlySpan<Real>(numbers.Gradient, Rows * Dim).SequenceEqual(new ReadOnlySpan<Real>(vectors.Gradient, Rows * Dim)).ShouldBeTrue();
    }

    /// <summary>Rows cut by a mask are rounded as far as they go, each as rows of its length are stored: what training scores with is what is deployed, to the bit, and zeros after it.</summary>
    [Theory, InlineData(RowStorage.Int2), InlineData(RowStorage.Int3), InlineData(RowStorage.Int4), InlineData(RowStorage.Int8)]
    public void Fit_RoundedPrefixes_ScoresAsWhatIsDeployed(RowStorage storage) => ScoresAsWhatIsDeployed(storage, masks => masks.Plan.Rounded);

    /// <summary>Likewise where rows of each length have bits of their own; without rounding it is a plan of lengths alone.</summary>
    [Fact]
    public void Fit_MixedPrefixes_ScoresAsWhatIsDeployed() => ScoresAsWhatIsDeployed(RowStorage.Int2, masks => masks.Mixed);

    /// <summary>What the form is for: two bits a number are worth more where training knows of them, on average over dimensions and starts.</summary>
    [Fact]
    public void Fit_TwoBits_BetterThanRoundedAfterTraining()
    {
        using var data = Toy.Clicks(train: 4000, valid: 2000);
        using var pool = new WorkerPool(1);
        double AucOf(RowForm? form, int dim, double deviation)
        {
            var plan = EmbeddingPlan.Of(data.Fields, [dim, dim, dim, dim], forms: [form, form, form, form]).Stored(RowStorage.Int2);
            CtrModel New(bool packed) => ModelCatalog.Find("fm").Create(ModelContext.Planned(data.Fields, packed ? plan : plan.Trained, new ModelOptions { InitialDeviation = deviation }, 1, pool, packed));
            using var model = New(packed: false);
            using var learner = new Learner(model, new TrainingOptions { Epochs = 12, BatchSize = 100, LearningRate = 0.02, Tables = new() { LearningRate = 0.02 } });
            new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
            using var packed = New(packed: true);
            Packing.Pack(model, packed);
            using var scorer = new Scorer(packed, 100);
            return Auc.Compute(scorer.Score(data.Valid), Labels.OfBothClasses(data.Valid));
        }

        double Mean(RowForm? form) => new[] { 2, 3, 4, 5, 8 }.Average(dim => (AucOf(form, dim, 0.01) + AucOf(form, dim, 0.1)) / 2);
        Mean(new RoundedForm(2)).ShouldBeGreaterThan(Mean(null) + 0.0005);
    }

    private static void ScoresAsWhatIsDeployed(RowStorage storage, Func<Masks, EmbeddingPlan> planOf)
    {
        using var data = Toy.Clicks(train: 3000, valid: 1500);
        using var pool = new WorkerPool(2);
        using var masks = new Masks(EmbeddingPlan.Uniform(data.Fields, 8).Stored(storage), arePrefixes: true);
        var plan = planOf(masks);
        plan.Fields.ShouldAllBe(item => item.Form is RoundedPrefixForm);
        plan.Unrounded!.Fields.ShouldBe(masks.Plan.Fields);
        plan.Unrounded.Unrounded.ShouldBeNull();
        CtrModel New(EmbeddingPlan made, bool packed) => ModelCatalog.Find("fm").Create(ModelContext.Planned(data.Fields, made, new ModelOptions { InitialDeviation = 0.1 }, 1, pool, packed));
        using var model = New(plan.Trained, packed: false);
        masks.Apply(model);
        using var learner = new Learner(model, new TrainingOptions { Epochs = 12, BatchSize = 100, LearningRate = 0.02, Tables = new() { LearningRate = 0.02 } });
        var result = new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
        result.ValidAuc.ShouldBeGreaterThan(0.65); // a quarter of the users has no numbers, another one
        using var packed = New(plan, packed: true);
        Packing.Pack(model, packed);
        packed.Set.Bytes.ShouldBe(plan.Fields.Sum(item => item.Bytes + item.BytesOf(1)));
        using var scorer = new Scorer(packed, 100);
        var scores = scorer.Score(data.Valid);
        Auc.Compute(scores, Labels.OfBothClasses(data.Valid)).ShouldBe(result.ValidAuc, 1e-12);
        using var numbers = New(plan.AsNumbers, packed: true);
        Packing.Unpack(packed, numbers);
        using var unpacked = new Scorer(numbers, 100);
        unpacked.Score(data.Valid).ShouldBe(scores);
    }
}
