namespace AutoDim.Numerics;

/// <summary>What passes make of weights alone, kept from one to the next for as long as the weights stay as they are.</summary>
internal sealed unsafe class KeptWeights : IDisposable
{
    private readonly Dictionary<nint, NativeBuffer<Real>> made = [], packed = [];

    /// <summary>The memory for what is made of some weights.</summary>
    /// <param name="weights">Where they lie.</param>
    /// <param name="isNew">Whether it is yet to be filled.</param>
    public Real* Of(Real* weights, long length, out bool isNew) => Of(made, weights, length, out isNew);

    /// <summary>Likewise for weights packed as a matrix product wants its right operand.</summary>
    public Real* Packed(Real* weights, long length, out bool isNew) => Of(packed, weights, length, out isNew);

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
        foreach (var buffer in made.Values.Concat(packed.Values)) buffer.Dispose();
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
