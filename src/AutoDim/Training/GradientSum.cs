using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Adds up over all ranks what their shares of a batch contribute to the loss and to the gradients of dense weights, all in one message, which is under way while rows' gradients are exchanged.</summary>
internal sealed unsafe class GradientSum(Ranks ranks) : IDisposable
{
    private readonly ReusedBuffer<Real> message = new();
    private IReadOnlyList<Parameter> summed = [];

    /// <summary>Sends this rank's part; nothing of it may change until <see cref="Finish"/>.</summary>
    public void Start(double loss, IReadOnlyList<Parameter> parameters)
    {
        summed = parameters;
        var length = 1L;
        for (var i = 0; i < parameters.Count; i++) length += LengthOf(parameters[i]);
        var sums = message.Reserve(length);
        sums[0] = (Real)loss;
        var next = sums + 1;
        for (var i = 0; i < parameters.Count; next += LengthOf(parameters[i++])) Copy(parameters[i].Gradient, next, LengthOf(parameters[i]));
        ranks.StartSum(sums, checked((int)length));
    }

    /// <summary>Returns the loss of the whole batch; the gradients that the parameters have are then the whole batch's.</summary>
    public double Finish()
    {
        ranks.FinishSum();
        var next = message.Pointer + 1;
        for (var i = 0; i < summed.Count; next += LengthOf(summed[i++])) Copy(next, summed[i].Gradient, LengthOf(summed[i]));
        return message.Pointer[0];
    }

    public void Dispose() => message.Dispose();

    private static long LengthOf(Parameter parameter) => parameter.HasGradient ? parameter.Length : 0;

    private static void Copy(Real* source, Real* target, long count) => Buffer.MemoryCopy(source, target, count * sizeof(Real), count * sizeof(Real));
}
