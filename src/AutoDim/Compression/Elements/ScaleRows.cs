using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Compression.Elements;

/// <summary>
/// Every row is multiplied, number by number, by the gates of its block of values: AutoSrh's soft selection (Cheng et al., TKDE 2023, equation 3), and with gates of 0 and 1 the
/// blocks of NIS.
/// <code>
///   V̂_u = V_u ⊙ α_b(u)     dV_u = dV̂_u ⊙ α_b(u)     dα_b = Σ over rows u of block b of dV̂_u ⊙ V_u
/// </code>
/// V is (distinct, d), α is (L, d).
/// </summary>
internal sealed unsafe class ScaleRows : Operation
{
    private Tensor vectors = null!, scaled = null!;
    private Parameter gates = null!;
    private ushort[] blocks = [];
    private DistinctRows rows = null!;

    /// <param name="blocks">Of each row of the field, its block.</param>
    public static Tensor Apply(Tape tape, Parameter gates, ushort[] blocks, DistinctRows rows, Tensor vectors)
    {
        var operation = tape.Record<ScaleRows>();
        (operation.vectors, operation.gates, operation.blocks, operation.rows) = (vectors, gates, blocks, rows);
        operation.scaled = tape.NewTensor(vectors.Rows, vectors.Columns);
        for (var u = 0; u < vectors.Rows; u++)
        {
            Real* row = vectors.Row(u), gate = operation.Gate(u), target = operation.scaled.Row(u);
            for (var k = 0; k < vectors.Columns; k++) target[k] = row[k] * gate[k];
        }

        return operation.scaled;
    }

    public override void Backward()
    {
        if (!scaled.HasGradient) return;
        if (vectors.NeedsGradient) vectors.EnsureGradient();
        if (gates.NeedsGradient) gates.EnsureGradient();
        for (var u = 0; u < vectors.Rows; u++)
        {
            Real* row = vectors.Row(u), gate = Gate(u), gradient = scaled.GradientRow(u);
            if (vectors.NeedsGradient) ElementKernels.AddProduct(vectors.GradientRow(u), gradient, gate, vectors.Columns);
            if (gates.NeedsGradient) ElementKernels.AddProduct(gates.GradientRow(blocks[rows.Rows[u]]), gradient, row, vectors.Columns);
        }
    }

    private Real* Gate(int u) => gates.Row(blocks[rows.Rows[u]]);
}

/// <summary>Gates of blocks of values between rows and model.</summary>
/// <param name="blocks">Of each field and row, its block.</param>
internal sealed class BlockGates(Parameter gates, ushort[][] blocks) : IRowTransform
{
    public Parameter Parameter { get; } = gates;

    public int BlockOf(int field, long row) => blocks[field][row];

    public Tensor Apply(Tape tape, int field, DistinctRows rows, Tensor vectors) => ScaleRows.Apply(tape, Parameter, blocks[field], rows, vectors);
}
