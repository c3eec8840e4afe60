using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// The attention network of AFM (Xiao et al., 2017, eq. 5) before its softmax, for every pair of a sample's M vectors:
/// y_mk = hᵀ ReLU(Wᵀ(x_m ⊙ x_k) + b). x is (B, M·D), W is (D, A), b is (1, A), h is (A, 1), y is (B, P), pairs in the order of
/// <see cref="InnerProducts"/>. Pairs are rows of matrix products, made for a chunk of samples at a time and made again in the
/// backward pass: memory does not grow with the batch.
/// </summary>
internal sealed unsafe class PairAttention : Operation
{
    /// <summary>Numbers of one chunk's hidden layer: 4 MB.</summary>
    private const int NumbersPerChunk = 1 << 20;

    private const int SamplesPerTask = 8, RowsPerTask = 128;

    private Tape tape = null!;
    private Tensor x = null!, weight = null!, bias = null!, readout = null!, y = null!;
    private int fields, firstSample;
    private Real* products, hidden, hiddenGradient;

    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor bias, Tensor readout, int fields)
    {
        var operation = tape.Record<PairAttention>();
        operation.tape = tape;
        operation.x = x;
        operation.weight = weight;
        operation.bias = bias;
        operation.readout = readout;
        operation.fields = fields;
        operation.y = tape.NewTensor(x.Rows, fields * (fields - 1) / 2);
        operation.Forward();
        return operation.y;
    }

    private int Pairs => y.Columns;

    private int Dim => weight.Rows;

    private int Units => weight.Columns;

    private int SamplesPerChunk => Math.Max(1, NumbersPerChunk / (Pairs * Units));

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (x.NeedsGradient) x.EnsureGradient();
        var chunk = Math.Min(y.Rows, SamplesPerChunk);
        hiddenGradient = tape.NewScratch((long)chunk * Pairs * Units);
        for (firstSample = 0; firstSample < y.Rows; firstSample += chunk) ChunkGradients(Math.Min(chunk, y.Rows - firstSample));
    }

    public override void Describe(GraphTrace trace)
    {
        var products = InnerProducts.Products(trace, x, Dim, InnerProducts.AllPairs(fields));
        var hidden = trace.Graph.Relu(trace.Graph.MatrixProduct(trace.Graph.Reshape(products, -1, Dim), trace[weight], trace[bias]));
        trace[y] = trace.Graph.Reshape(trace.Graph.MatrixProduct(hidden, trace[readout]), -1, Pairs);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    private void Forward()
    {
        var chunk = Math.Min(y.Rows, SamplesPerChunk);
        products = tape.NewScratch((long)chunk * Pairs * Dim);
        hidden = tape.NewScratch((long)chunk * Pairs * Units);
        for (firstSample = 0; firstSample < y.Rows; firstSample += chunk)
        {
            var samples = Math.Min(chunk, y.Rows - firstSample);
            Multiply(Hidden(samples), readout.ValueView, View(y.Row(firstSample), samples * Pairs, 1));
        }
    }

    /// <summary>The hidden layer of a chunk's pairs, (samples·P, A); leaves their products x_m ⊙ x_k behind.</summary>
    private MatrixView Hidden(int samples)
    {
        tape.Pool.For(samples, SamplesPerTask, this, static (op, first, last) => op.PairProducts(first, last));
        var rows = samples * Pairs;
        Gemm.Multiply(tape.Pool, tape.Scratch, View(products, rows, Dim), weight.ValueView, View(hidden, rows, Units), bias: bias.Value, relu: true);
        return View(hidden, rows, Units);
    }

    private void PairProducts(int first, int last)
    {
        var product = products + ((long)first * Pairs * Dim);
        for (var sample = first; sample < last; sample++)
        {
            var vectors = x.Row(firstSample + sample);
            for (var m = 0; m < fields; m++)
            {
                for (var k = m + 1; k < fields; k++, product += Dim) ElementKernels.Multiply(product, vectors + (m * Dim), vectors + (k * Dim), Dim);
            }
        }
    }

    /// <summary>dh += ReLUᵀ g; with dz = g hᵀ where the hidden layer is positive: dW += (x_m ⊙ x_k)ᵀ dz, db += dz, and dz·Wᵀ goes on to x.</summary>
    private void ChunkGradients(int samples)
    {
        var rows = samples * Pairs;
        MatrixView active = Hidden(samples), gradient = View(y.GradientRow(firstSample), rows, 1), dz = View(hiddenGradient, rows, Units);
        if (readout.NeedsGradient) Multiply(active.Transposed, gradient, readout.GradientView, readout.BeginGradient());
        Multiply(gradient, readout.ValueView.Transposed, dz);
        tape.Pool.For(rows, RowsPerTask, this, static (op, first, last) => op.MaskHidden(first, last));
        if (bias.NeedsGradient) tape.ColumnSum.Run(tape, hiddenGradient, rows, Units, bias.Gradient, bias.BeginGradient());
        if (weight.NeedsGradient) Multiply(View(products, rows, Dim).Transposed, dz, weight.GradientView, weight.BeginGradient());
        if (!x.NeedsGradient) return;
        Multiply(dz, weight.ValueView.Transposed, View(products, rows, Dim));
        tape.Pool.For(samples, SamplesPerTask, this, static (op, first, last) => op.VectorGradients(first, last));
    }

    private void MaskHidden(int first, int last)
        => ElementKernels.MaskWherePositive(hiddenGradient + ((long)first * Units), hidden + ((long)first * Units), (last - first) * Units);

    /// <summary>dx_m += e ⊙ x_k, dx_k += e ⊙ x_m for the gradient e of each pair's product.</summary>
    private void VectorGradients(int first, int last)
    {
        var gradient = products + ((long)first * Pairs * Dim);
        for (var sample = first; sample < last; sample++)
        {
            Real* vectors = x.Row(firstSample + sample), target = x.GradientRow(firstSample + sample);
            for (var m = 0; m < fields; m++)
            {
                for (var k = m + 1; k < fields; k++, gradient += Dim)
                {
                    ElementKernels.AddProduct(target + (m * Dim), gradient, vectors + (k * Dim), Dim);
                    ElementKernels.AddProduct(target + (k * Dim), gradient, vectors + (m * Dim), Dim);
                }
            }
        }
    }

    private void Multiply(MatrixView a, MatrixView b, MatrixView c, bool accumulate = false) => Gemm.Multiply(tape.Pool, tape.Scratch, a, b, c, accumulate);
}
