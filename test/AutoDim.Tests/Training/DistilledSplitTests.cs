using AutoDim.Data;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed unsafe class DistilledSplitTests
{
    /// <summary>(1 − λ)·y + λ·σ(z) of the samples asked for, in their order; the split's own labels stay.</summary>
    [Theory, InlineData(0.25), InlineData(1)]
    public void Read_Labels_ArePartTheTeachers(double share)
    {
        using var data = Toy.Clicks();
        float[] logits = [.. Enumerable.Range(0, 400).Select(i => (i - 200) / 50f)];
        using var split = new DistilledSplit(data.Train, logits, share);
        using var batch = new Batch(data.Fields, 3);
        split.Read([399, 7, 200], batch);
        var labels = new float[400];
        split.ReadLabels(labels);
        labels.ShouldBe(Labels.Of(data.Train));
        double[] expected = [.. new[] { 399, 7, 200 }.Select(i => ((1 - share) * labels[i]) + (share / (1 + Math.Exp(-logits[i]))))];
        for (var i = 0; i < 3; i++) ((double)batch.Labels[i]).ShouldBe(expected[i], 1e-6);
    }

    /// <summary>The loss is (1 − λ) of the one against the labels and λ of the one against the teacher's probabilities, and a step follows both.</summary>
    [Fact]
    public void Gradients_OfTaughtSamples_AreThoseOfLabelsAndTeacherInParts()
    {
        using var data = Toy.Clicks();
        float[] logits = [.. Enumerable.Range(0, 400).Select(i => MathF.Sin(i) * 2)];
        (double Loss, double Gradient) Of(DataSplit split)
        {
            using var bench = new Bench("fm", [3, 3, 3, 1]);
            split.Read([.. Enumerable.Range(0, 32)], bench.Learner.Input.Batch);
            return (bench.Learner.Gradients(bench.Learner.Input), bench.Model.Parameters.Single(parameter => parameter.Name == "bias").Gradient[0]);
        }

        var (own, taught, mixed) = (Of(data.Train), Of(new DistilledSplit(data.Train, logits, 1)), Of(new DistilledSplit(data.Train, logits, 0.3)));
        Math.Abs(own.Loss - taught.Loss).ShouldBeGreaterThan(1e-3);
        mixed.Loss.ShouldBe((0.7 * own.Loss) + (0.3 * taught.Loss), 1e-5);
        mixed.Gradient.ShouldBe((0.7 * own.Gradient) + (0.3 * taught.Gradient), 1e-5);
    }

    /// <summary>Labels drawn by a coin tell a model nothing; a teacher that knows does.</summary>
    [Fact]
    public void Fit_LabelsOfNoise_LearnsFromTheTeacher()
    {
        using var data = Toy.Clicks();
        using var teacher = new Bench("fm", [4, 4, 4, 4], training: Bench.SmallTraining with { Epochs = 20 });
        new Trainer(teacher.Learner, data).Fit(TestContext.Current.CancellationToken);
        using var noise = new Shuffled(data.Train);
        double Learnt(DataSplit train)
        {
            using var bench = new Bench("fm", [2, 2, 2, 2], training: Bench.SmallTraining with { Epochs = 20 });
            return new Trainer(bench.Learner, train, data.Valid).Fit(TestContext.Current.CancellationToken).ValidAuc;
        }

        Learnt(new DistilledSplit(noise, teacher.Learner.Score(data.Train), 0.9)).ShouldBeGreaterThan(Learnt(noise) + 0.1);
    }

    /// <summary>Samples with the labels of others.</summary>
    private sealed class Shuffled(DataSplit split) : DataSplit
    {
        public override long RowCount => split.RowCount;

        public override void Read(ReadOnlySpan<long> samples, Batch batch)
        {
            split.Read(samples, batch);
            for (var i = 0; i < samples.Length; i++) batch.Labels[i] = samples[i] * 7919 / 13 % 2;
        }

        public override void ReadLabels(Span<float> labels) => split.ReadLabels(labels);
    }
}
