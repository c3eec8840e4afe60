using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A linear layer's product e·W_m of every value of its small fields, kept while tables and weights stay as they are: in place of d·H multiplications a
/// sample adds H numbers. A product is made when its value first occurs. In blocks of 32 columns, (values of all such fields, 32) each, so that
/// what a large batch adds up stays in the second-level cache.
/// </summary>
internal sealed unsafe class KeptProducts : IDisposable
{
    /// <summary>Of a layer of each scorer, and a server has a scorer for each worker.</summary>
    public const int MostBytes = 4 << 20;

    private const int BlockColumns = SharedRowKernels.Columns;

    private readonly NativeBuffer<Real> products, restWeight;
    private readonly NativeBuffer<bool> isMade;
    private readonly MatrixView weight;
    private readonly List<New> missing = [];
    private readonly FieldPart[] places;
    private Tensor y = null!;
    private bool relu;

    /// <param name="split">By tables, see <see cref="FieldSplit.DivideByTables"/>.</param>
    /// <param name="weight">(Σ d, H).</param>
    public KeptProducts(FieldSplit split, Tensor weight)
    {
        this.weight = weight.ValueView;
        places = new FieldPart[split.Shared.Length];
        products = new NativeBuffer<Real>((long)Blocks * split.SharedRows * BlockColumns);
        isMade = new NativeBuffer<bool>(split.SharedRows);
        restWeight = new NativeBuffer<Real>((long)split.RestDim * weight.Columns);
        split.CopyRestRows(weight.Value, restWeight.Pointer, weight.Columns);
        RestWeight = new MatrixView(restWeight.Pointer, split.RestDim, weight.Columns, weight.Columns);
    }

    /// <summary>A value whose product is yet to be made.</summary>
    private readonly record struct New(int Field, int Vector, long Value);

    /// <summary>The other fields' rows of the weight, one under the other: (Σ d of the rest, H).</summary>
    public MatrixView RestWeight { get; }

    private int Blocks => (weight.Columns + BlockColumns - 1) / BlockColumns;

    /// <summary>Adds to each sample's line of y (B, H) the products of its values, field after field; then ReLU where asked.</summary>
    public void AddTo(Tensor y, FieldSplit split, Tape tape, bool relu)
    {
        (this.y, this.relu) = (y, relu);
        missing.Clear();
        for (var i = 0; i < places.Length; i++)
        {
            Place(i, split.Shared[i], (int*)tape.NewScratch(((long)y.Rows * sizeof(int) / sizeof(Real)) + 1));
        }

        tape.Pool.For(Blocks, 1, this, static (self, first, last) =>
        {
            for (var block = first; block < last; block++) self.AddBlock(block);
        });
        foreach (var value in missing) isMade[places[value.Field].Offset + value.Value] = true;
    }

    public void Dispose()
    {
        products.Dispose();
        restWeight.Dispose();
        isMade.Dispose();
    }

    /// <summary>Finds each sample's value of a field, and the values that occur for the first time.</summary>
    private void Place(int field, in FieldPart part, int* values)
    {
        var distinct = part.Source.Values!;
        for (var sample = 0; sample < y.Rows; sample++) values[sample] = (int)distinct.Rows[part.Source.RowOf(sample)];
        places[field] = part with { Source = part.Source with { PositionsAddress = (nint)values } };
        for (var u = 0; u < distinct.Count; u++)
        {
            if (!isMade[part.Offset + distinct.Rows[u]]) missing.Add(new New(field, u, distinct.Rows[u]));
        }
    }

    private void AddBlock(int block)
    {
        var column = block * BlockColumns;
        var width = Math.Min(BlockColumns, weight.Columns - column);
        var rows = products.Pointer + (block * isMade.Length * BlockColumns);
        foreach (var value in missing)
        {
            ref readonly var place = ref places[value.Field];
            var vector = place.Source.Vectors.Row(value.Vector);
            var product = rows + ((place.Offset + value.Value) * BlockColumns);
            for (var k = 0; k < place.Source.Dim; k++) VectorKernels.AddScaled(product, vector[k], weight.Data + ((long)(place.WeightRow + k) * weight.Columns) + column, width);
        }

        SharedRowKernels.Gather(places, rows, y.Value + column, y.Columns, y.Rows, width, accumulate: true, relu);
    }
}
