using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>What passes make of weights alone, kept from one to the next for as long as the weights stay as they are.</summary>
internal sealed unsafe class KeptWeights : IDisposable
{
    private readonly Dictionary<nint, NativeBuffer<Real>> made = [];

    /// <summary>The memory for what is made of some weights.</summary>
    /// <param name="weights">Where they lie.</param>
    /// <param name="isNew">Whether it is yet to be filled.</param>
    public Real* Of(Real* weights, long length, out bool isNew)
    {
        isNew = !made.TryGetValue((nint)weights, out var buffer);
        if (isNew) made[(nint)weights] = buffer = new NativeBuffer<Real>(length);
        return buffer!.Pointer;
    }

    /// <summary>To be called when weights have changed.</summary>
    public void Forget()
    {
        foreach (var buffer in made.Values) buffer.Dispose();
        made.Clear();
    }

    public void Dispose() => Forget();
}
