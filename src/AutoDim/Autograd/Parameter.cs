using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>A dense weight: a tensor that outlives the step, has a name, and is changed by an optimiser.</summary>
public sealed unsafe class Parameter : Tensor, IDisposable
{
    private readonly NativeBuffer<Real> value;
    private readonly NativeBuffer<Real> gradient;

    private Parameter(string name, int rows, int columns)
    {
        Name = name;
        value = new NativeBuffer<Real>((long)rows * columns);
        gradient = new NativeBuffer<Real>((long)rows * columns);
        Place(rows, columns, value.Pointer, gradient.Pointer);
    }

    /// <summary>Unique within a model; the key in checkpoints and exports.</summary>
    public string Name { get; }

    internal Span<Real> Values => value.AsSpan();

    /// <summary>Every element <paramref name="fill"/>; biases start at 0.</summary>
    internal static Parameter Constant(string name, int rows, int columns, double fill = 0)
    {
        var parameter = new Parameter(name, rows, columns);
        parameter.Values.Fill((Real)fill);
        return parameter;
    }

    /// <summary>Normal with mean 0 and the given standard deviation.</summary>
    internal static Parameter Normal(string name, int rows, int columns, double deviation, CounterRandom random)
    {
        var parameter = new Parameter(name, rows, columns);
        var stream = random.Fork(StableHash(name));
        for (var i = 0L; i < parameter.Length; i++) parameter.Value[i] = (Real)(deviation * stream.Normal(i));
        return parameter;
    }

    /// <summary>Xavier normal (Glorot, Bengio, 2010): deviation √(2 / (rows + columns)); a map is inputs × outputs.</summary>
    internal static Parameter Xavier(string name, int rows, int columns, CounterRandom random)
        => Normal(name, rows, columns, Math.Sqrt(2.0 / (rows + columns)), random);

    /// <summary>Ones on the diagonal: a map that starts as zero padding.</summary>
    internal static Parameter Identity(string name, int rows, int columns)
    {
        var parameter = new Parameter(name, rows, columns);
        for (var k = 0; k < Math.Min(rows, columns); k++) parameter.Values[(k * columns) + k] = 1;
        return parameter;
    }

    /// <summary>Returns the memory; the parameter must not be used afterwards.</summary>
    public void Dispose()
    {
        value.Dispose();
        gradient.Dispose();
    }

    /// <summary>FNV-1a: ties a parameter's random stream to its name, so that adding a layer changes no other's start.</summary>
    internal static ulong StableHash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text) hash = (hash ^ character) * 1099511628211UL;
        return hash;
    }
}
