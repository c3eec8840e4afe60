using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Autograd;

/// <summary>
/// Dropout (Srivastava et al., 2014), inverted: while training, each number is zero with the given rate and otherwise scaled by
/// 1 / (1 − rate). What is dropped depends on seed, step, operation and position in the whole batch alone.
/// </summary>
internal sealed unsafe class Dropout : Operation
{
    private const int DrawsPerWord = 4;

    private Tape tape = null!;
    private Tensor x = null!, y = null!;
    private Numerics.CounterRandom random;
    private long firstRow;
    private ulong threshold;
    private Real keepScale;
    private bool add;

    public static Tensor Apply(Tape tape, Tensor x, double rate)
    {
        if (!tape.IsTraining || rate == 0) return x;
        var stream = tape.Random.Fork((ulong)tape.OperationIndex).Fork((ulong)tape.Step);
        var operation = tape.Record<Dropout>();
        operation.tape = tape;
        operation.x = x;
        operation.random = stream;
        operation.firstRow = tape.FirstRow(x);
        operation.threshold = (ulong)(rate * 65536);
        operation.keepScale = (Real)(1 / (1 - rate));
        operation.y = tape.NewTensor(x.Rows, x.Columns);
        tape.Pool.For(x.Rows, 64, operation, static (op, first, last) => op.Run(op.x.Row(first), op.y.Row(first), first, last, add: false));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient || !x.NeedsGradient) return;
        add = x.BeginGradient();
        tape.Pool.For(x.Rows, 64, this, static (op, first, last) => op.Run(op.y.GradientRow(first), op.x.GradientRow(first), first, last, op.add));
    }

    /// <summary>
    /// Four 16-bit draws from each random word decide four neighbouring numbers; drawn again in the backward pass, not stored.
    /// Branches on random bits are mispredicted and took a third of a small model's training, so floats go eight at a time without any.
    /// </summary>
    private void Run(Real* source, Real* target, int first, int last, bool add)
    {
        var position = (firstRow + first) * x.Columns;
        var end = (firstRow + last) * x.Columns;
        if (sizeof(Real) == sizeof(float) && position % DrawsPerWord == 0)
        {
            for (; position <= end - (2 * DrawsPerWord); position += 2 * DrawsPerWord, source += 2 * DrawsPerWord, target += 2 * DrawsPerWord)
            {
                KeepEight((float*)source, (float*)target, position / DrawsPerWord, add);
            }
        }

        for (; position < end; position++, source++, target++)
        {
            var draw = (ushort)(random.Bits(position / DrawsPerWord) >> (int)(position % DrawsPerWord * 16));
            var kept = draw >= threshold ? *source * keepScale : 0;
            *target = add ? *target + kept : kept;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void KeepEight(float* source, float* target, long word, bool add)
    {
        var draws = Vector128.Create(random.Bits(word), random.Bits(word + 1)).AsUInt16();
        var (low, high) = Vector128.Widen(Vector128.GreaterThanOrEqual(draws, Vector128.Create((ushort)threshold)).AsInt16());
        Keep(source, target, low, add);
        Keep(source + DrawsPerWord, target + DrawsPerWord, high, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Keep(float* source, float* target, Vector128<int> mask, bool add)
    {
        var kept = Vector128.Load(source) * (float)keepScale & mask.AsSingle();
        (add ? Vector128.Load(target) + kept : kept).Store(target);
    }
}
