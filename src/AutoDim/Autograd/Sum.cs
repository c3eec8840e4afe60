using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>y = a + b for equal shapes; b may also be one number (1, 1), added to every element.</summary>
internal sealed unsafe class Sum : Operation
{
    private Tensor a = null!, b = null!, y = null!;

    public static Tensor Apply(Tape tape, Tensor a, Tensor b)
    {
        if (b.Length != 1 && (a.Rows != b.Rows || a.Columns != b.Columns))
        {
            throw new ArgumentException($"cannot add ({b.Rows}, {b.Columns}) to ({a.Rows}, {a.Columns})", nameof(b));
        }

        var operation = tape.Record<Sum>();
        operation.a = a;
        operation.b = b;
        operation.y = tape.NewTensor(a.Rows, a.Columns);
        var single = b.Length == 1;
        for (var i = 0L; i < a.Length; i++) operation.y.Value[i] = a.Value[i] + b.Value[single ? 0 : i];
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        AddTo(a);
        AddTo(b);
    }

    public override void Describe(GraphTrace trace) => trace[y] = trace.Graph.Add(trace[a], trace[b]);

    private void AddTo(Tensor input)
    {
        if (!input.NeedsGradient) return;
        input.EnsureGradient();
        var single = input.Length == 1;
        for (var i = 0L; i < y.Length; i++) input.Gradient[single ? 0 : i] += y.Gradient[i];
    }
}
