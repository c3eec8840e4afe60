using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>Each sample's vectors side by side: x is (B, Σ d), field m in columns [offset m, offset m + d m).</summary>
internal sealed unsafe class Concatenate : Operation
{
    private const int SamplesPerChunk = 128;

    private Tape tape = null!;
    private FieldVector[] fields = null!;
    private int[] offsets = [];
    private Tensor x = null!;

    public static Tensor Apply(Tape tape, FieldVectors vectors)
    {
        var operation = tape.Record<Concatenate>();
        operation.tape = tape;
        operation.fields = vectors.Fields;
        operation.x = tape.NewTensor(vectors.BatchSize, operation.PlaceFields());
        tape.Pool.For(vectors.BatchSize, SamplesPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.x;
    }

    public override void Backward()
    {
        if (!x.HasGradient) return;
        tape.Pool.For(fields.Length, 1, this, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) FieldRows.ScatterAdd(op.fields[m], op.x.Gradient + op.offsets[m], op.x.Columns, op.x.Rows);
        });
    }

    public override void Describe(GraphTrace trace) => trace[x] = trace.VectorsOf(fields);

    private int PlaceFields()
    {
        if (offsets.Length != fields.Length) offsets = new int[fields.Length];
        var total = 0;
        for (var m = 0; m < fields.Length; m++)
        {
            offsets[m] = total;
            total += fields[m].Dim;
        }

        return total;
    }

    private void Forward(int first, int last)
    {
        for (var m = 0; m < fields.Length; m++) FieldRows.Gather(fields[m], x.Row(first) + offsets[m], x.Columns, first, last);
    }
}
