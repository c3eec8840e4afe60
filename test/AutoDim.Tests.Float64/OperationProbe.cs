using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>One operation between random inputs and a scalar: its output goes through a fixed readout into the logloss.</summary>
internal sealed class OperationProbe : IDisposable
{
    private readonly WorkerPool pool = new(1);
    private readonly List<Parameter> inputs = [];
    private readonly List<IDisposable> owned = [];
    private readonly CounterRandom random = new(17, 0);

    public OperationProbe() => Tape = new Tape(pool, 5) { Step = 3 };

    public Tape Tape { get; }

    public WorkerPool Pool => pool;

    /// <summary>An input whose gradient is checked.</summary>
    public Parameter Input(string name, int rows, int columns, double deviation = 1)
    {
        inputs.Add(Parameter.Normal(name, rows, columns, deviation, random));
        return inputs[^1];
    }

    /// <summary>A value that takes part without a gradient.</summary>
    public Parameter Constant(string name, int rows, int columns, double fill = 0)
    {
        var constant = Own(Parameter.Constant(name, rows, columns, fill));
        constant.IsFrozen = true;
        return constant;
    }

    public T Own<T>(T item)
        where T : IDisposable
    {
        owned.Add(item);
        return item;
    }

    /// <summary>Central differences of every input, each of which must receive some gradient.</summary>
    public void Check(Func<Tensor> operation)
    {
        Parameter? readout = null;
        var labels = Own(new NativeBuffer<float>(256));
        for (var i = 0; i < 256; i++) labels[i] = i % 3 == 0 ? 1 : 0;
        Gradients.Check(Tape, Loss, inputs, []);
        foreach (var input in inputs) Enumerable.Range(0, (int)input.Length).Any(i => GradientOf(input, i) != 0).ShouldBeTrue($"{input.Name} receives no gradient");

        Tensor Loss()
        {
            var y = operation();
            if (readout == null)
            {
                readout = Own(Parameter.Normal("readout", y.Columns, 1, 1, random));
                readout.IsFrozen = true;
            }

            return LogLoss.Apply(Tape, Tape.Linear(y, readout), labels);
        }
    }

    public void Dispose()
    {
        foreach (var item in owned.Concat(inputs)) item.Dispose();
        Tape.Dispose();
        pool.Dispose();
    }

    private static unsafe double GradientOf(Parameter parameter, int i) => parameter.HasGradient ? parameter.Gradient[i] : 0;
}
