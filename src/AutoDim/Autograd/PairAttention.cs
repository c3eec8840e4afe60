using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// The attention network of AFM (Xiao et al., 2017, eq. 5) before its softmax, for every pair of a sample's M vectors:
/// y_mk = hᵀ ReLU(Wᵀ(x_m ⊙ x_k) + b). x is (B, M·D), W is (D, A), b is (1, A), h is (A, 1), y is (B, P), pairs in the order of
/// <see cref="InnerProducts"/>. Pairs are rows of matrix products, made for as many samples at a time as stay in the second-level cache, by
/// one thread from x to y, and made again in the backward pass: memory does not grow with the batch.
/// </summary>
internal sealed unsafe class PairAttention : Operation
{
    /// <summary>Numbers of one chunk's hidden layer: 128 KB.</summary>
    private const int NumbersPerChunk = 1 << 15;

    /// <summary>Samples whose gradients of the weights are summed in one place.</summary>
    private const int SamplesPerPart = 64;

    private Tape tape = null!;
    private Tensor x = null!, weight = null!, bias = null!, readout = null!, y = null!;
    private int fields;
    private Real* scratch, parts;

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

    private int SamplesPerChunk => Math.Clamp(NumbersPerChunk / (Pairs * Units), 1, SamplesPerPart);

    private int Parts => (y.Rows + SamplesPerPart - 1) / SamplesPerPart;

    /// <summary>Gradients of weight, bias and readout side by side.</summary>
    private int PartLength => (Dim + 2) * Units;

    /// <summary>A worker's memory for a chunk: products (P, D) and hidden layer (P, A) of its samples.</summary>
    private int ChunkLength => SamplesPerChunk * Pairs * (Dim + Units);

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (x.NeedsGradient) x.EnsureGradient();
        parts = tape.NewScratch((long)Parts * PartLength);
        tape.Pool.For(Parts, 1, this, static (op, first, last, worker) =>
        {
            for (var part = first; part < last; part++) op.PartGradients(part, worker);
        });
        var sums = tape.NewScratch(PartLength);
        tape.ColumnSum.Run(tape, parts, Parts, PartLength, sums);
        AddSums(weight, sums);
        AddSums(bias, sums + (Dim * Units));
        AddSums(readout, sums + ((Dim + 1) * Units));
    }

    public override void Describe(GraphTrace trace)
    {
        var products = InnerProducts.Products(trace, x, Dim, InnerProducts.AllPairs(fields));
        var hidden = trace.Graph.Relu(trace.Graph.MatrixProduct(trace.Graph.Reshape(products, -1, Dim), trace[weight], trace[bias]));
        trace[y] = trace.Graph.Reshape(trace.Graph.MatrixProduct(hidden, trace[readout]), -1, Pairs);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    private static void AddSums(Tensor weights, Real* sums)
    {
        if (!weights.NeedsGradient) return;
        weights.EnsureGradient();
        VectorKernels.AddScaled(weights.Gradient, 1, sums, (int)weights.Length);
    }

    private void Forward()
    {
        scratch = tape.NewScratch((long)tape.Pool.ThreadCount * ChunkLength);
        tape.Pool.For(Parts, 1, this, static (op, first, last, worker) =>
        {
            for (var part = first; part < last; part++) op.PartForward(part, worker);
        });
    }

    private void PartForward(int part, int worker)
    {
        var last = Math.Min(y.Rows, (part + 1) * SamplesPerPart);
        for (var sample = part * SamplesPerPart; sample < last; sample += SamplesPerChunk)
        {
            var hidden = Hidden(sample, Math.Min(SamplesPerChunk, last - sample), worker, out _);
            for (var row = 0; row < hidden.Rows; row++) y.Row(sample)[row] = VectorKernels.Dot(hidden.Data + ((long)row * Units), readout.Value, Units);
        }
    }

    /// <summary>The hidden layer of some samples' pairs, (samples·P, A), and their products x_m ⊙ x_k, (samples·P, D).</summary>
    private MatrixView Hidden(int sample, int samples, int worker, out MatrixView products)
    {
        var rows = samples * Pairs;
        products = View(scratch + ((long)worker * ChunkLength), rows, Dim);
        var hidden = View(products.Data + ((long)rows * Dim), rows, Units);
        PairProducts(sample, samples, products.Data);
        tape.Serial(worker).Multiply(products, weight.ValueView, hidden, bias: bias.Value, relu: true);
        return hidden;
    }

    private void PairProducts(int first, int samples, Real* product)
    {
        for (var sample = first; sample < first + samples; sample++)
        {
            var vectors = x.Row(sample);
            for (var m = 0; m < fields; m++)
            {
                for (var k = m + 1; k < fields; k++, product += Dim) ElementKernels.Multiply(product, vectors + (m * Dim), vectors + (k * Dim), Dim);
            }
        }
    }

    /// <summary>dh += ReLUᵀ g; with dz = g hᵀ where the hidden layer is positive: dW += (x_m ⊙ x_k)ᵀ dz, db += dz, and dz·Wᵀ goes on to x.</summary>
    private void PartGradients(int part, int worker)
    {
        Real* weightSum = parts + ((long)part * PartLength), biasSum = weightSum + (Dim * Units), readoutSum = biasSum + Units;
        new Span<Real>(weightSum, PartLength).Clear();
        var last = Math.Min(y.Rows, (part + 1) * SamplesPerPart);
        for (var sample = part * SamplesPerPart; sample < last; sample += SamplesPerChunk)
        {
            var samples = Math.Min(SamplesPerChunk, last - sample);
            var hidden = Hidden(sample, samples, worker, out var products);
            var gradient = y.GradientRow(sample);
            for (var row = 0; row < hidden.Rows; row++)
            {
                var dz = hidden.Data + ((long)row * Units);
                VectorKernels.AddScaled(readoutSum, gradient[row], dz, Units);
                ElementKernels.ScaleWherePositive(dz, gradient[row], readout.Value, Units);
                VectorKernels.AddScaled(biasSum, 1, dz, Units);
            }

            tape.Serial(worker).Multiply(products.Transposed, hidden, View(weightSum, Dim, Units), accumulate: true);
            if (!x.NeedsGradient) continue;
            tape.Serial(worker).Multiply(hidden, weight.ValueView.Transposed, products);
            VectorGradients(sample, samples, products.Data);
        }
    }

    /// <summary>dx_m += e ⊙ x_k, dx_k += e ⊙ x_m for the gradient e of each pair's product.</summary>
    private void VectorGradients(int first, int samples, Real* gradient)
    {
        for (var sample = first; sample < first + samples; sample++)
        {
            Real* vectors = x.Row(sample), target = x.GradientRow(sample);
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
}
