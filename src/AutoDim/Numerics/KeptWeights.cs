namespace AutoDim.Numerics;

/// <summary>What passes make of weights alone, kept from one to the next for as long as the weights stay as they are.</summary>
internal sealed unsafe class KeptWeights : IDisposable
{
    private readonly Dictionary<nint, NativeBuffer<Real>> made = [], packed = [];
    private readonly Dictionary<nint, IDisposable> others = [];

    /// <summary>The memory for what is made of some weights.</summary>
    /// <param name="weights">Where they lie.</param>
    /// <param name="isNew">Whether it is yet to be filled.</param>
    public Real* Of(Real* weights, long length, out bool isNew) => Of(made, weights, length, out isNew);

    /// <summary>Likewise for weights packed as a matrix product wants its right operand.</summary>
    public Real* Packed(Real* weights, long length, out bool isNew) => Of(packed, weights, length, out isNew);

    /// <summary>What was added for some weights; null: nothing.</summary>
    public T? Find<T>(Real* weights)
        where T : class, IDisposable
        => others.TryGetValue((nint)weights, out var found) ? (T)found : null;

    /// <summary>Keeps what was made of some weights; disposes it when they have changed.</summary>
    public T Add<T>(Real* weights, T value)
        where T : class, IDisposable
    {
        others.Add((nint)weights, value);
        return value;
    }

    /// <summary>Whether memory is of what was made of weights.</summary>
    public bool Holds(Real* memory)
    {
        foreach (var buffer in made.Values)
        {
            if (buffer.Pointer == memory) return true;
        }

        return false;
    }

    /// <summary>To be called when weights have changed.</summary>
    public void Forget()
    {
        foreach (var value in others.Values.Concat(made.Values).Concat(packed.Values)) value.Dispose();
        others.Clear();
        made.Clear();
        packed.Clear();
    }

    public void Dispose() => Forget();

    private static Real* Of(Dictionary<nint, NativeBuffer<Real>> buffers, Real* weights, long length, out bool isNew)
    {
        isNew = !buffers.TryGetValue((nint)weights, out var buffer);
        if (isNew) buffers[(nint)weights] = buffer = new NativeBuffer<Real>(length);
        return buffer!.Pointer;
    }
}
