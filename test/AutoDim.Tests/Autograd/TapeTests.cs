using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Tests.Autograd;

public sealed unsafe class TapeTests : IDisposable
{
    private readonly WorkerPool pool = new(2);
    private readonly Tape tape;
    private readonly CounterRandom random = new(1, 1);

    public TapeTests() => tape = new Tape(pool, 5);

    public void Dispose()
    {
        tape.Dispose();
        pool.Dispose();
    }

    [Fact]
    public void Dropout_WhileTraining_DropsAtItsRateAndKeepsTheMean()
    {
        const int Count = 200_000;
        using var ones = Parameter.Constant("ones", 2000, 100, 1);
        var y = tape.Dropout(ones, 0.3);
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            kept += y.Value[i] != 0 ? 1 : 0;
            if (y.Value[i] != 0) ((double)y.Value[i]).ShouldBe(1 / 0.7, 1e-6);
        }

        Math.Abs(kept - (0.7 * Count)).ShouldBeLessThan(5 * Math.Sqrt(0.21 * Count));
    }

    [Fact]
    public void Dropout_OtherStepsAndOperations_OtherNumbers()
    {
        using var ones = Parameter.Constant("ones", 10, 100, 1);
        var first = Draw(0);
        Draw(0).ShouldBe(first);
        Draw(1).ShouldNotBe(first);
        tape.Step = 0;
        tape.Reset();
        tape.Dropout(ones, 0.5);
        Copy(tape.Dropout(ones, 0.5)).ShouldNotBe(first);

        float[] Draw(long step)
        {
            tape.Reset();
            tape.Step = step;
            return Copy(tape.Dropout(ones, 0.5));
        }
    }

    [Fact]
    public void Dropout_InEvaluationOrAtRateZero_IsTheInput()
    {
        using var x = Parameter.Normal("x", 3, 3, 1, random);
        tape.Dropout(x, 0).ShouldBeSameAs(x);
        tape.IsTraining = false;
        tape.Dropout(x, 0.5).ShouldBeSameAs(x);
    }

    [Fact]
    public void BatchNorm_LargeMean_NormalisesToMeanZeroVarianceOne()
    {
        using var x = Parameter.Normal("x", 1000, 3, 2, random);
        foreach (ref var value in x.Values) value += 300;
        using Parameter scale = Parameter.Constant("scale", 1, 3, 1), shift = Parameter.Constant("shift", 1, 3), mean = Parameter.Constant("mean", 1, 3), variance = Parameter.Constant("variance", 1, 3, 1);
        var y = BatchNorm.Apply(tape, x, scale, shift, mean, variance, relu: false);
        for (var c = 0; c < 3; c++)
        {
            var column = Enumerable.Range(0, 1000).Select(row => y[row, c]).ToArray();
            column.Average().ShouldBe(0, 1e-4);
            column.Average(value => value * value).ShouldBe(1, 1e-3);
        }
    }

    [Fact]
    public void BatchNorm_WhileTraining_MovesRunningStatisticsByMomentumWithUnbiasedVariance()
    {
        using var x = Parameter.Normal("x", 50, 1, 3, random);
        using Parameter scale = Parameter.Constant("scale", 1, 1, 1), shift = Parameter.Constant("shift", 1, 1), mean = Parameter.Constant("mean", 1, 1, 2), variance = Parameter.Constant("variance", 1, 1, 5);
        var values = Enumerable.Range(0, 50).Select(i => x[i, 0]).ToArray();
        var (batchMean, batchVariance) = (values.Average(), values.Sum(value => Math.Pow(value - values.Average(), 2)) / 49);
        BatchNorm.Apply(tape, x, scale, shift, mean, variance, relu: false);
        mean[0, 0].ShouldBe((0.9 * 2) + (0.1 * batchMean), 1e-5);
        variance[0, 0].ShouldBe((0.9 * 5) + (0.1 * batchVariance), 1e-4);
        tape.UpdatesStatistics = false;
        var before = (mean[0, 0], variance[0, 0]);
        BatchNorm.Apply(tape, x, scale, shift, mean, variance, relu: false);
        (mean[0, 0], variance[0, 0]).ShouldBe(before);
    }

    [Fact]
    public void LogLoss_ExtremeLogits_StaysFinite()
    {
        using var logits = Parameter.Constant("logits", 2, 1);
        using var labels = new NativeBuffer<float>(2);
        (logits.Values[0], logits.Values[1], labels[1]) = (200, -200, 1);
        var loss = LogLoss.Apply(tape, logits, labels);
        loss[0, 0].ShouldBe(200);
        tape.Backward(loss);
        ((double)logits.Gradient[0]).ShouldBe(0.5, 1e-6);
        ((double)logits.Gradient[1]).ShouldBe(-0.5, 1e-6);
    }

    [Fact]
    public void Backward_FrozenParameter_ReceivesNone()
    {
        using var x = Parameter.Normal("x", 4, 3, 1, random);
        using Parameter frozen = Parameter.Normal("frozen", 3, 1, 1, random), labels = Parameter.Constant("labels", 1, 1);
        using var clicks = new NativeBuffer<float>(4);
        frozen.IsFrozen = true;
        tape.Backward(LogLoss.Apply(tape, tape.Linear(x, frozen), clicks));
        frozen.HasGradient.ShouldBeFalse();
        x.HasGradient.ShouldBeTrue();
    }

    [Fact]
    public void Add_ShapesThatDiffer_Refused()
    {
        using Parameter a = Parameter.Constant("a", 4, 3), b = Parameter.Constant("b", 3, 4);
        Should.Throw<ArgumentException>(() => tape.Add(a, b));
    }

    [Fact]
    public void Backward_NotAScalar_Refused()
    {
        using var x = Parameter.Constant("x", 2, 1);
        Should.Throw<ArgumentOutOfRangeException>(() => tape.Backward(tape.Add(x, x)));
    }

    [Fact]
    public void Reset_StepsOfOneSize_TakeNoMoreMemory()
    {
        using var x = Parameter.Normal("x", 500, 100, 1, random);
        for (var step = 0; step < 2; step++) Pass();
        var capacity = tape.ActivationBytes;
        for (var step = 0; step < 10; step++) Pass();
        tape.ActivationBytes.ShouldBe(capacity);

        void Pass()
        {
            tape.Reset();
            tape.Add(tape.Add(tape.Dropout(x, 0.5), x), x);
        }
    }

    private static float[] Copy(Tensor tensor) => [.. Enumerable.Range(0, (int)tensor.Length).Select(i => (float)tensor.Value[i])];
}
