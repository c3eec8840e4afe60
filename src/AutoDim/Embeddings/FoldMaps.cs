using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Folds the plan's maps into a following layer. With x_m = e_m·W_m + b_m and h = Σ x_m·L_m, the layer on the unmapped rows is
/// F_m = W_m·L_m (d_m × H) and its extra bias Σ b_m·L_m: Σ d_m columns instead of M·D, computed once per step, not per sample, and in scoring once for all batches.
/// L is (M·D, H), field m its rows [m·D, (m + 1)·D); F is (Σ d_m, H); the bias is (1, H).
/// </summary>
internal sealed unsafe class FoldMaps : Operation
{
    private Tape tape = null!;
    private FieldVectors vectors = null!;
    private Tensor layer = null!, layerBias = null!, folded = null!, bias = null!;

    public static (Tensor Weight, Tensor Bias) Apply(Tape tape, FieldVectors vectors, Tensor layer, Tensor layerBias)
    {
        var operation = tape.Record<FoldMaps>();
        operation.tape = tape;
        operation.vectors = vectors;
        operation.layer = layer;
        operation.layerBias = layerBias;
        var (rows, columns) = (vectors.Unmapped.TotalDim, layer.Columns);
        var isNew = true;
        if (tape.Kept is { } kept)
        {
            var memory = kept.Of(layer.Value, (rows + 1L) * columns, out isNew);
            operation.folded = tape.NewConstant(rows, columns, memory);
            operation.bias = tape.NewConstant(1, columns, memory + ((long)rows * columns));
        }
        else
        {
            operation.folded = tape.NewTensor(rows, columns);
            operation.bias = tape.NewTensor(1, columns);
        }

        if (isNew) operation.Forward();
        return (operation.folded, operation.bias);
    }

    public override void Backward()
    {
        if (!folded.HasGradient || !bias.HasGradient) return;
        var width = vectors.Fields[0].Dim;
        layer.EnsureGradient();
        layerBias.EnsureGradient();
        VectorKernels.AddScaled(layerBias.Gradient, 1, bias.Gradient, bias.Columns);
        var offset = 0;
        for (var m = 0; m < vectors.Fields.Length; m++)
        {
            var d = vectors.Unmapped.Fields[m].Dim;
            Real* gradient = folded.GradientRow(offset), layerRows = layer.Row(m * width), layerGradient = layer.GradientRow(m * width);
            if (vectors.Maps?[m] is { } map)
            {
                map.Weight.EnsureGradient();
                map.Bias.EnsureGradient();
                Multiply(View(map.Weight.Value, d, width).Transposed, View(gradient, d, layer.Columns), View(layerGradient, width, layer.Columns));
                Multiply(View(gradient, d, layer.Columns), View(layerRows, width, layer.Columns).Transposed, View(map.Weight.Gradient, d, width));
                for (var k = 0; k < width; k++)
                {
                    VectorKernels.AddScaled(layerGradient + ((long)k * layer.Columns), map.Bias.Value[k], bias.Gradient, layer.Columns);
                    map.Bias.Gradient[k] += VectorKernels.Dot(bias.Gradient, layerRows + ((long)k * layer.Columns), layer.Columns);
                }
            }
            else
            {
                VectorKernels.AddScaled(layerGradient, 1, gradient, d * layer.Columns);
            }

            offset += d;
        }
    }

    /// <summary>What comes of weights alone is a constant: the graph has the maps folded in.</summary>
    public override void Describe(GraphTrace trace)
    {
        trace[folded] = trace.Constant(folded);
        trace[bias] = trace.Constant(bias);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    private void Forward()
    {
        var width = vectors.Fields[0].Dim;
        new ReadOnlySpan<Real>(layerBias.Value, bias.Columns).CopyTo(new Span<Real>(bias.Value, bias.Columns));
        var offset = 0;
        for (var m = 0; m < vectors.Fields.Length; m++)
        {
            var d = vectors.Unmapped.Fields[m].Dim;
            var layerRows = layer.Row(m * width);
            if (vectors.Maps?[m] is { } map)
            {
                Gemm.Multiply(tape.Pool, tape.Scratch, View(map.Weight.Value, d, width), View(layerRows, width, layer.Columns), View(folded.Row(offset), d, layer.Columns));
                for (var k = 0; k < width; k++) VectorKernels.AddScaled(bias.Value, map.Bias.Value[k], layerRows + ((long)k * layer.Columns), layer.Columns);
            }
            else
            {
                // Identity, or zeros after the first d coordinates: the layer's first d rows of this field.
                new ReadOnlySpan<Real>(layerRows, d * layer.Columns).CopyTo(new Span<Real>(folded.Row(offset), d * layer.Columns));
            }

            offset += d;
        }
    }

    private void Multiply(MatrixView a, MatrixView b, MatrixView c) => Gemm.Multiply(tape.Pool, tape.Scratch, a, b, c, accumulate: true);
}
