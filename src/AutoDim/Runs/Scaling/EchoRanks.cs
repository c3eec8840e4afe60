using System.Numerics.Tensors;
using AutoDim.Numerics;

namespace AutoDim.Runs.Scaling;

/// <summary>
/// One rank whose others are its copies, so that messages take no time: what is left of a step is what a rank computes, the merging of the others'
/// gradients included. Sums and row numbers are as among real ranks; rows fetched from copies are zeros where these would hold others.
/// </summary>
internal sealed unsafe class EchoRanks(int ranks) : Ranks
{
    public override int Rank => 0;

    public override int Count => ranks;

    public override void Abort(int code) => Environment.Exit(code);

    protected override void SumCore(Real* values, int count) => TensorPrimitives.Multiply(new ReadOnlySpan<Real>(values, count), Count, new Span<Real>(values, count));

    protected override void SumCore(Span<double> values)
    {
        foreach (ref var value in values) value *= Count;
    }

    protected override void BroadcastCore(Span<byte> data)
    {
    }

    /// <summary>Each copy sends to this one what this one sends to itself.</summary>
    protected override void ExchangeCore(byte* sent, ReadOnlySpan<int> sentCounts, ReadOnlySpan<int> sentStarts, byte* received, ReadOnlySpan<int> counts, ReadOnlySpan<int> starts)
    {
        var own = new ReadOnlySpan<byte>(sent + sentStarts[0], sentCounts[0]);
        for (var rank = 0; rank < ranks; rank++)
        {
            var target = new Span<byte>(received + starts[rank], counts[rank]);
            var length = Math.Min(own.Length, target.Length);
            own[..length].CopyTo(target);
            target[length..].Clear();
        }
    }

    protected override void WaitCore()
    {
    }
}
