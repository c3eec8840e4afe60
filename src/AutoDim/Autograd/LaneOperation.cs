using System.Runtime.Intrinsics;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// An operation on each sample by itself. A subclass writes its formula for one sample; it is computed for a vector of samples
/// at once, a lane each (<see cref="Lanes"/>). Inputs are (B, ·) and up to three; the output is (B, O).
/// </summary>
internal abstract unsafe class LaneOperation : Operation
{
    private const int BlocksPerChunk = 4;

    private readonly Tensor?[] inputs = new Tensor?[3];
    private readonly bool[] stores = new bool[3], adds = new bool[3];
    private Tape tape = null!;
    private Tensor y = null!;
    private Vector512<Real>* scratch;
    private long vectorsPerWorker;

    /// <summary>The inputs and the output, for <see cref="Operation.Describe"/>.</summary>
    private protected Tensor A => inputs[0]!;

    private protected Tensor B => inputs[1]!;

    private protected Tensor C => inputs[2]!;

    private protected Tensor Y => y;

    /// <summary>y from the inputs.</summary>
    protected abstract void Forward(in LaneBlock block);

    /// <summary>Adds to the inputs' gradients, given dy; the block's y is undefined.</summary>
    protected abstract void Backward(in LaneBlock block);

    public sealed override void Backward()
    {
        if (!y.HasGradient) return;
        var any = false;
        for (var i = 0; i < inputs.Length; i++)
        {
            stores[i] = inputs[i] is { NeedsGradient: true };
            adds[i] = stores[i] && inputs[i]!.BeginGradient();
            any |= stores[i];
        }

        if (any) tape.Pool.For(Blocks, BlocksPerChunk, this, static (op, first, last, worker) =>
        {
            for (var index = first; index < last; index++) op.BackwardBlock(index, worker);
        });
    }

    /// <param name="columns">O.</param>
    /// <param name="work">Numbers per sample that the formula needs in between.</param>
    protected Tensor Run(Tape tape, int columns, Tensor a, Tensor? b = null, Tensor? c = null, int work = 0)
    {
        this.tape = tape;
        (inputs[0], inputs[1], inputs[2]) = (a, b, c);
        y = tape.NewTensor(a.Rows, columns);
        vectorsPerWorker = (2L * (columns + a.Columns + (b?.Columns ?? 0) + (c?.Columns ?? 0))) + work;
        scratch = (Vector512<Real>*)tape.NewScratch(tape.Pool.ThreadCount * vectorsPerWorker * Lanes.Count);
        tape.Pool.For(Blocks, BlocksPerChunk, this, static (op, first, last, worker) =>
        {
            for (var index = first; index < last; index++) op.ForwardBlock(index, worker);
        });
        return y;
    }

    private int Blocks => (y.Rows + Lanes.Count - 1) / Lanes.Count;

    private int SamplesFrom(int sample) => Math.Min(Lanes.Count, y.Rows - sample);

    private void ForwardBlock(int index, int worker)
    {
        var sample = index * Lanes.Count;
        var block = Load(sample, worker);
        Forward(block);
        Lanes.Store(block.Y, y.Row(sample), y.Columns, SamplesFrom(sample));
    }

    private void BackwardBlock(int index, int worker)
    {
        var sample = index * Lanes.Count;
        var samples = SamplesFrom(sample);
        var block = Load(sample, worker);
        Lanes.Load(y.GradientRow(sample), y.Columns, samples, block.Dy);
        Backward(block);
        Store(0, block.Da);
        Store(1, block.Db);
        Store(2, block.Dc);

        void Store(int i, Vector512<Real>* gradient)
        {
            if (stores[i]) Lanes.Store(gradient, inputs[i]!.GradientRow(sample), inputs[i]!.Columns, samples, adds[i]);
        }
    }

    /// <summary>The inputs' values of a vector of samples, with gradients of 0.</summary>
    private LaneBlock Load(int sample, int worker)
    {
        var next = scratch + (worker * vectorsPerWorker);
        var block = default(LaneBlock);
        block.A = Input(0, out block.Da);
        block.B = Input(1, out block.Db);
        block.C = Input(2, out block.Dc);
        block.Y = Take(y.Columns);
        block.Dy = Take(y.Columns);
        block.Work = next;
        return block;

        Vector512<Real>* Take(int count)
        {
            var start = next;
            next += count;
            return start;
        }

        Vector512<Real>* Input(int i, out Vector512<Real>* gradient)
        {
            gradient = null;
            if (inputs[i] is not { } input) return null;
            var value = Take(input.Columns);
            Lanes.Load(input.Row(sample), input.Columns, SamplesFrom(sample), value);
            gradient = Take(input.Columns);
            if (tape.IsTraining) new Span<Vector512<Real>>(gradient, input.Columns).Clear();
            return value;
        }
    }
}

/// <summary>A vector of samples: inputs a, b, c, output y, their gradients, and memory for what comes in between.</summary>
internal unsafe struct LaneBlock
{
    public Vector512<Real>* A, B, C, Y, Da, Db, Dc, Dy, Work;
}
