namespace AutoDim.Autograd;

/// <summary>
/// Dropout (Srivastava et al., 2014), inverted: while training, each number is zero with the given rate and otherwise scaled by
/// 1 / (1 − rate). What is dropped depends on seed, step, operation and position alone.
/// </summary>
internal sealed unsafe class Dropout : Operation
{
    private Tape tape = null!;
    private Tensor x = null!, y = null!;
    private Numerics.CounterRandom random;
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

    /// <summary>Four 16-bit draws from each random word decide four neighbouring numbers; drawn again in the backward pass, not stored.</summary>
    private void Run(Real* source, Real* target, int first, int last, bool add)
    {
        var start = (long)first * x.Columns;
        var length = (long)(last - first) * x.Columns;
        for (var i = 0L; i < length;)
        {
            var position = start + i;
            var draws = random.Bits(position >> 2) >> (int)((position & 3) << 4);
            for (var end = Math.Min(length, i + 4 - (position & 3)); i < end; i++, draws >>= 16)
            {
                var kept = (draws & 0xFFFF) >= threshold ? source[i] * keepScale : 0;
                target[i] = add ? target[i] + kept : kept;
            }
        }
    }
}
