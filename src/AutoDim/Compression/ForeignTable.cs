using System.IO.Hashing;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Training;

namespace AutoDim.Compression;

/// <summary>
/// A table of any program's, of which nothing is known but its numbers: its principal directions, what fewer of them and smaller storages cost, and its rows in those.
/// A vector is e ≈ μ + c V, with c the stored coordinates; at its whole dimension a table keeps its numbers, with no map.
/// </summary>
internal sealed unsafe class ForeignTable
{
    /// <summary>Rows by which storages are measured, spread evenly.</summary>
    private const long Sample = 8192;

    private readonly ArrayFile file;
    private readonly ForeignArray array;
    private readonly FieldBasis basis;

    /// <param name="array">Of two dimensions.</param>
    public ForeignTable(ArrayFile file, ForeignArray array, IReadOnlyList<RowStorage> storages)
    {
        (this.file, this.array) = (file, array);
        if (array is not { Type: not null, Shape: [>= 1, >= 1 and <= EmbeddingPlan.MostDim] })
        {
            throw new AutoDimException($"'{array.Name}' is no table: its shape is ({string.Join(", ", array.Shape)}){(array.Type == null ? ", and its numbers are not floating-point" : "")}; expected rows and 1 to {EmbeddingPlan.MostDim} dimensions of float16, bfloat16, float32 or float64");
        }

        (Rows, Dim) = (array.Shape[0], (int)array.Shape[1]);
        using var table = Load();
        basis = FieldBasis.Of(table, [.. Enumerable.Repeat(1L, checked((int)Rows))]);
        DistinctRows = FirstPlaces(table).Distinct;
        Options = Measured(table, [.. MeasuredMethod.DimsTo(Dim).Where(dim => dim > 0)], storages);
    }

    public string Name => array.Name;

    public long Rows { get; }

    public int Dim { get; }

    /// <summary>Rows that are no other's copy.</summary>
    public long DistinctRows { get; }

    /// <summary>In the file that it comes from.</summary>
    public long Bytes => array.Bytes;

    /// <summary>Mean squared distance of a row from the mean row: what a table loses of which only that is kept.</summary>
    public double Variance => basis.Error(0);

    /// <summary>Every dimension and storage, with the mean squared error of a row.</summary>
    public IReadOnlyList<FieldOption> Options { get; }

    /// <summary>Bytes of the arrays that an option leads to.</summary>
    public long BytesOf(FieldOption option)
    {
        var row = RowFormat.Bytes(option.Storage, option.Dim);
        return (SharesRows(row) ? (DistinctRows * row) + (Rows * sizeof(int)) : Rows * row) + (option.Dim < Dim ? (option.Dim + 1L) * Dim * sizeof(float) : 0);
    }

    /// <summary>The arrays, by the table's name and what follows it: its rows, which row each has (.index), the map (.map) and the mean (.mean), where there are such.</summary>
    public ShrunkTable Shrink(FieldOption option)
    {
        using var table = Load();
        var (places, distinct) = FirstPlaces(table);
        var shares = SharesRows(RowFormat.Bytes(option.Storage, option.Dim));
        var shrunk = new ShrunkTable(new EmbeddingTable(0, 0, Name, shares ? distinct : Rows, option.Dim, option.Storage), shares ? new NativeBuffer<int>(Rows) : null, option.Dim < Dim ? Basis(option.Dim) : null);
        var numbers = stackalloc Real[Dim];
        for (var row = 0L; row < Rows; row++)
        {
            if (shares) shrunk.Index![row] = places[row];
            if (option.Dim < Dim) Coordinates(table.Row(row), option.Dim, numbers);
            shrunk.Fill(shares ? places[row] : row, option.Dim < Dim ? numbers : table.Row(row));
        }

        return shrunk;
    }

    private bool SharesRows(long rowBytes) => (DistinctRows * rowBytes) + (Rows * sizeof(int)) < Rows * rowBytes;

    private EmbeddingTable Load()
    {
        var table = new EmbeddingTable(0, 0, Name, Rows, Dim);
        file.Read(array, table.Weights.Pointer);
        return table;
    }

    /// <summary>For each row the number, in order of first occurrence, of the distinct row that it is; and how many there are.</summary>
    private static (int[] Places, int Distinct) FirstPlaces(EmbeddingTable table)
    {
        var (places, found) = (new int[table.Rows], new Dictionary<UInt128, int>());
        for (var row = 0L; row < table.Rows; row++)
        {
            var hash = XxHash128.HashToUInt128(new ReadOnlySpan<byte>(table.Row(row), table.Dim * sizeof(Real)));
            if (!found.TryGetValue(hash, out places[row])) found[hash] = places[row] = found.Count;
        }

        return (places, found.Count);
    }

    /// <summary>V's first rows and, last, the mean.</summary>
    private NativeBuffer<Real> Basis(int dim)
    {
        var map = new NativeBuffer<Real>((dim + 1L) * Dim);
        for (var j = 0; j < Dim; j++)
        {
            for (var k = 0; k < dim; k++) map[(k * Dim) + j] = (Real)basis.Eigen.Vectors[j, k];
            map[(dim * Dim) + j] = (Real)basis.Mean[j];
        }

        return map;
    }

    private void Coordinates(Real* row, int dim, Real* target)
    {
        for (var k = 0; k < dim; k++)
        {
            var coordinate = 0.0;
            for (var j = 0; j < Dim; j++) coordinate += (row[j] - basis.Mean[j]) * basis.Eigen.Vectors[j, k];
            target[k] = (Real)coordinate;
        }
    }

    /// <summary>What the directions left out hold, and the rounding of those kept: V is orthonormal, so that an error of coordinates is one of the vector.</summary>
    private FieldOption[] Measured(EmbeddingTable table, int[] dims, IReadOnlyList<RowStorage> storages)
    {
        var (sums, count, step) = (new double[dims.Length, storages.Count], 0L, Math.Max(1, Rows / Sample));
        Real* coordinates = stackalloc Real[Dim], rounded = stackalloc Real[Dim];
        for (var row = 0L; row < Rows; row += step, count++)
        {
            Coordinates(table.Row(row), Dim, coordinates);
            for (var d = 0; d < dims.Length; d++)
            {
                var (dim, exact) = (dims[d], (nint)(dims[d] < Dim ? coordinates : table.Row(row)));
                for (var s = 0; s < storages.Count; s++)
                {
                    RowFormat.Round(RowFormat.For(storages[s], dim), (Real*)exact, dim, rounded);
                    for (var k = 0; k < dim; k++) sums[d, s] += Math.Pow(((Real*)exact)[k] - rounded[k], 2);
                }
            }
        }

        return [.. dims.SelectMany((dim, d) => storages.Select((storage, s) => new FieldOption(dim, basis.Error(dim) + (sums[d, s] / count), storage)))];
    }
}

/// <summary>A table as it is stored: rows, and what leads from them to vectors.</summary>
/// <param name="Rows">Packed, or numbers.</param>
/// <param name="Index">For each of the former rows the row that it has; null: they are the same.</param>
/// <param name="Map">d rows of the former dimension, then the mean; null: rows are vectors.</param>
internal sealed record ShrunkTable(EmbeddingTable Rows, NativeBuffer<int>? Index, NativeBuffer<Real>? Map) : IDisposable
{
    /// <summary>The arrays as they are saved.</summary>
    public unsafe IEnumerable<NamedArray> Arrays
    {
        get
        {
            List<NamedArray> arrays = [.. NamedArray.PartsOf(Rows)];
            if (Index != null) arrays.Add(NamedArray.Of($"{Rows.Name}.index", Index));
            if (Map == null) return arrays;
            var dim = Map.Length / (Rows.Dim + 1);
            arrays.Add(new NamedArray($"{Rows.Name}.map", (nint)Map.Pointer, Rows.Dim, dim));
            arrays.Add(new NamedArray($"{Rows.Name}.mean", (nint)(Map.Pointer + (Rows.Dim * dim)), 1, dim));
            return arrays;
        }
    }

    public unsafe void Fill(long row, Real* numbers)
    {
        if (Rows.IsPacked) RowFormat.Encode(Rows.Storage, numbers, Rows.Dim, Rows.Packed.Pointer + (row * Rows.RowBytes));
        else new Span<Real>(numbers, Rows.Dim).CopyTo(new Span<Real>(Rows.Row(row), Rows.Dim));
    }

    public void Dispose()
    {
        Rows.Dispose();
        Index?.Dispose();
        Map?.Dispose();
    }
}
