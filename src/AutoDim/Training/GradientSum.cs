using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Adds up over all ranks what their shares of a batch contribute to the loss and to the gradients of dense weights, all in one message.</summary>
internal sealed unsafe class GradientSum(Ranks ranks) : IDisposable
{
    private readonly ReusedBuffer<Real> message = new();

    /// <summary>Returns the loss of the whole batch; the gradients that the parameters have are then the whole batch's.</summary>
    public double Run(double loss, IReadOnlyList<Parameter> parameters)
    {
        if (!ranks.AreSeveral) return loss;
        var length = 1L;
        for (var i = 0; i < parameters.Count; i++) length += LengthOf(parameters[i]);
        var sums = message.Reserve(length);
        sums[0] = (Real)loss;
        var next = sums + 1;
        for (var i = 0; i < parameters.Count; next += LengthOf(parameters[i++])) Copy(parameters[i].Gradient, next, LengthOf(parameters[i]));
        ranks.Sum(sums, checked((int)length));
        next = sums + 1;
        for (var i = 0; i < parameters.Count; next += LengthOf(parameters[i++])) Copy(next, parameters[i].Gradient, LengthOf(parameters[i]));
        return sums[0];
    }

    public void Dispose() => message.Dispose();

    private static long LengthOf(Parameter parameter) => parameter.HasGradient ? parameter.Length : 0;

    private static void Copy(Real* source, Real* target, long count) => Buffer.MemoryCopy(source, target, count * sizeof(Real), count * sizeof(Real));
}
