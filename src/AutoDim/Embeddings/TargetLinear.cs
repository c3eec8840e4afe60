using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A linear layer on every entry e of a sequence beside its sample's own vector v of the same field, z = v·A + e·B + (v ⊙ e)·C + b: what
/// attention asks of a pair. A, B and C are (d, H), b is (1, H), z is (N, H). v·A is computed once a sample and e·B once a distinct row;
/// a difference v − e, which attention networks also put in, adds nothing to a layer that has both.
/// </summary>
internal sealed unsafe class TargetLinear : Operation
{
    private const int SamplesPerTask = 16;

    private Tape tape = null!;
    private SequenceEntries entries;
    private FieldVector target;
    private Tensor a = null!, b = null!, c = null!, bias = null!, z = null!;
    private Real* targets, products, ofTarget, ofEntry;
    private int samples;

    public static Tensor Apply(Tape tape, FieldVectors fields, int sequence, Tensor a, Tensor b, Tensor c, Tensor bias)
    {
        var operation = tape.Record<TargetLinear>();
        operation.tape = tape;
        operation.entries = fields.Sequences[sequence];
        operation.target = fields.Fields[operation.entries.Vector];
        operation.samples = fields.BatchSize;
        (operation.a, operation.b, operation.c, operation.bias) = (a, b, c, bias);
        operation.z = tape.NewTensor(operation.entries.Offsets[fields.BatchSize], a.Columns);
        operation.Forward();
        return operation.z;
    }

    private int Dim => target.Dim;

    private int Units => a.Columns;

    private Tensor Vectors => target.Vectors;

    public override void Backward()
    {
        if (!z.HasGradient) return;
        var dz = z.GradientView;
        if (bias.NeedsGradient) tape.ColumnSum.Run(tape, z.Gradient, z.Rows, Units, bias.Gradient, bias.BeginGradient());
        SumGradients();
        Multiply(View(products, z.Rows, Dim).Transposed, dz, c);
        Multiply(View(targets, samples, Dim).Transposed, View(ofTarget, samples, Units), a);
        Multiply(Vectors.ValueView.Transposed, View(ofEntry, Vectors.Rows, Units), b);
        if (!Vectors.NeedsGradient) return;

        // From here the products and targets are no longer needed; their memory takes the gradients.
        Gemm.Multiply(tape.Pool, tape.Scratch, View(ofEntry, Vectors.Rows, Units), b.ValueView.Transposed, Vectors.GradientView, accumulate: Vectors.BeginGradient());
        Gemm.Multiply(tape.Pool, tape.Scratch, dz, c.ValueView.Transposed, View(products, z.Rows, Dim));
        Gemm.Multiply(tape.Pool, tape.Scratch, View(ofTarget, samples, Units), a.ValueView.Transposed, View(targets, samples, Dim));
        for (var sample = 0; sample < samples; sample++) VectorGradients(sample);
    }

    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var (v, e) = (graph.Unsqueeze(trace.VectorsOf(target), 1), trace.VectorsOf(entries, target));
        var parts = graph.Add(graph.MatrixProduct(v, trace[a]), graph.MatrixProduct(e, trace[b]));
        var sum = graph.Add(graph.Add(parts, graph.MatrixProduct(graph.Multiply(v, e), trace[c])), trace[bias]);
        trace[z] = graph.Reshape(sum, -1, Units);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    private void Forward()
    {
        targets = tape.NewScratch((long)samples * Dim);
        products = tape.NewScratch((long)z.Rows * Dim);
        ofTarget = tape.NewScratch((long)samples * Units);
        ofEntry = tape.NewScratch((long)Vectors.Rows * Units);
        tape.Pool.For(samples, SamplesPerTask, this, static (op, first, last) => op.Products(first, last));
        Gemm.Multiply(tape.Pool, tape.Scratch, View(targets, samples, Dim), a.ValueView, View(ofTarget, samples, Units));
        Gemm.Multiply(tape.Pool, tape.Scratch, Vectors.ValueView, b.ValueView, View(ofEntry, Vectors.Rows, Units));
        Gemm.Multiply(tape.Pool, tape.Scratch, View(products, z.Rows, Dim), c.ValueView, z.ValueView, bias: bias.Value);
        tape.Pool.For(samples, SamplesPerTask, this, static (op, first, last) => op.AddParts(first, last));
    }

    private void Products(int firstSample, int lastSample)
    {
        FieldRows.Gather(target, targets + ((long)firstSample * Dim), Dim, firstSample, lastSample);
        for (var sample = firstSample; sample < lastSample; sample++)
        {
            for (var entry = entries.Offsets[sample]; entry < entries.Offsets[sample + 1]; entry++)
            {
                ElementKernels.Multiply(products + ((long)entry * Dim), targets + ((long)sample * Dim), Vectors.Row(entries.RowOf(entry)), Dim);
            }
        }
    }

    private void AddParts(int firstSample, int lastSample)
    {
        for (var sample = firstSample; sample < lastSample; sample++)
        {
            for (var entry = entries.Offsets[sample]; entry < entries.Offsets[sample + 1]; entry++)
            {
                VectorKernels.AddScaled(z.Row(entry), 1, ofTarget + ((long)sample * Units), Units);
                VectorKernels.AddScaled(z.Row(entry), 1, ofEntry + ((long)entries.RowOf(entry) * Units), Units);
            }
        }
    }

    /// <summary>z's gradient summed over a sample's entries, and over a row's, in place of what they gave to z.</summary>
    private void SumGradients()
    {
        new Span<Real>(ofTarget, samples * Units).Clear();
        new Span<Real>(ofEntry, Vectors.Rows * Units).Clear();
        for (var sample = 0; sample < samples; sample++)
        {
            for (var entry = entries.Offsets[sample]; entry < entries.Offsets[sample + 1]; entry++)
            {
                VectorKernels.AddScaled(ofTarget + ((long)sample * Units), 1, z.GradientRow(entry), Units);
                VectorKernels.AddScaled(ofEntry + ((long)entries.RowOf(entry) * Units), 1, z.GradientRow(entry), Units);
            }
        }
    }

    /// <summary>With g the gradient of v ⊙ e: de += g ⊙ v, dv += g ⊙ e beside what v·A gave.</summary>
    private void VectorGradients(int sample)
    {
        Real* v = Vectors.Row(target.RowOf(sample)), dv = targets + ((long)sample * Dim);
        for (var entry = entries.Offsets[sample]; entry < entries.Offsets[sample + 1]; entry++)
        {
            var (row, g) = (entries.RowOf(entry), (nint)(products + ((long)entry * Dim)));
            ElementKernels.AddProduct(Vectors.GradientRow(row), (Real*)g, v, Dim);
            ElementKernels.AddProduct(dv, (Real*)g, Vectors.Row(row), Dim);
        }

        VectorKernels.AddScaled(Vectors.GradientRow(target.RowOf(sample)), 1, dv, Dim);
    }

    private void Multiply(MatrixView left, MatrixView right, Tensor weight)
    {
        if (weight.NeedsGradient) Gemm.Multiply(tape.Pool, tape.Scratch, left, right, weight.GradientView, accumulate: weight.BeginGradient());
    }
}
