using System.IO.Hashing;
using AutoDim.Compression.Elements;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Training;

namespace AutoDim.Compression;

/// <summary>
/// A table of any program's, of which nothing is known but its numbers: what it costs to keep fewer of its principal directions, in smaller storages, its largest numbers alone, or codes of centroids, and its rows so.
/// A vector is e ≈ μ + c V, with c the stored coordinates; at its whole dimension a table keeps its numbers, with no map, or the largest of them, or has codes.
/// </summary>
internal sealed unsafe class ForeignTable
{
    /// <summary>Rows by which storages are measured and centroids learned, spread evenly.</summary>
    private const long Sample = 8192;

    /// <summary>Numbers that one code may stand for.</summary>
    private static readonly int[] NumbersOfACode = [2, 4, 8];

    /// <summary>Shares of a table's numbers that may be kept alone, the largest.</summary>
    private static readonly double[] KeptShares = [0.5, 0.25, 0.125, 0.0625];

    private readonly ArrayFile file;
    private readonly ForeignArray array;
    private readonly FieldBasis basis;
    private readonly Dictionary<KeptCounts, Real> thresholds = [];

    /// <param name="array">Of two dimensions.</param>
    public ForeignTable(ArrayFile file, ForeignArray array, IReadOnlyList<RowStorage> storages)
    {
        (this.file, this.array) = (file, array);
        if (array is not { Type: not null, Shape: [>= 1, >= 1 and <= EmbeddingPlan.MostDim] })
        {
            throw new AutoDimException($"'{array.Name}' is no table: its shape is ({string.Join(", ", array.Shape)}){(array.Type == null ? ", and its numbers are not floating-point" : "")}; expected rows and 1 to {EmbeddingPlan.MostDim} dimensions of float16, bfloat16, float32 or float64");
        }

        (Rows, Dim) = (array.Shape[0], (int)array.Shape[1]);
        if (Rows > Array.MaxLength) throw new AutoDimException($"table '{array.Name}' has {Rows} rows, more than the {Array.MaxLength} that one can have here; cut it into several arrays");
        using var table = Load();
        basis = FieldBasis.Of(table, [.. Enumerable.Repeat(1L, (int)Rows)]);
        DistinctRows = Distinct(table).First.Count;
        Options = [.. Measured(table, [.. MeasuredMethod.DimsTo(Dim).Where(dim => dim > 0)], storages), .. Pruned(table, storages), .. NumbersOfACode.Where(numbers => Dim % numbers == 0).Select(numbers => Coded(table, Dim / numbers))];
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

    /// <summary>Every dimension and storage, shares of the numbers, and codes of all dimensions, with the mean squared error of a row.</summary>
    public IReadOnlyList<FieldOption> Options { get; }

    /// <summary>Bytes of the arrays that an option leads to.</summary>
    public long BytesOf(FieldOption option)
    {
        if (option.Form is SparseForm sparse) return sparse.KeptBytes(Rows, Dim, option.Storage);
        var row = RowBytes(option);
        var beside = option.Form is DpqForm form ? form.Centroids * Dim : option.Dim < Dim ? (option.Dim + 1L) * Dim : 0;
        return (SharesRows(row) ? (DistinctRows * row) + (Rows * sizeof(int)) : Rows * row) + (beside * sizeof(float));
    }

    /// <summary>The arrays, by the table's name and what follows it: its rows, which row each has (.index), the map (.map) and the mean (.mean), or the centroids (.centroids), where there are such; of pruned rows .heads and .rows.</summary>
    public ShrunkTable Shrink(FieldOption option, WorkerPool pool)
    {
        using var table = Load();
        if (option.Form is SparseForm sparse) return Prune(table, option.Storage, sparse);
        var (places, first) = Distinct(table);
        var shares = SharesRows(RowBytes(option));
        var shrunk = new ShrunkTable(shares ? first.Count : Rows, option.Dim, RowFormat.For(option.Storage, option.Dim), (int)(option.Form is DpqForm form ? form.Groups : 0));
        if (shares)
        {
            var index = shrunk.Keep(new NativeBuffer<int>(Rows));
            places.CopyTo(new Span<int>(index.Pointer, places.Length));
            shrunk.Add(NamedArray.Of($"{Name}.index", index));
        }

        long Source(long row) => shares ? first[(int)row] : row;
        if (shrunk.Groups > 0) Encode(table, shrunk, Source, pool);
        else Store(table, shrunk, Source, pool);
        return shrunk;
    }

    private ShrunkTable Prune(EmbeddingTable table, RowStorage storage, SparseForm form)
    {
        var shrunk = new ShrunkTable(Rows, Dim, storage, 0) { Kept = form.Counts.Kept };
        table.Keep(Mask(table, thresholds[form.Counts], out _));
        var stored = shrunk.Keep(new EmbeddingTable(0, 0, Name, Rows, Dim, storage, kept: form.Layout));
        stored.Pack(table);
        foreach (var array in NamedArray.PartsOf(stored)) shrunk.Add(array);
        return shrunk;
    }

    /// <param name="source">The table's row that a stored one is made of.</param>
    private void Encode(EmbeddingTable table, ShrunkTable shrunk, Func<long, long> source, WorkerPool pool)
    {
        var codebook = shrunk.Keep(new Codebook(table, shrunk.Groups, SampleRows(0)));
        var codes = shrunk.Keep(new NativeBuffer<byte>(shrunk.Rows * codebook.Groups));
        ForRows(pool, shrunk.Rows, row => codebook.Encode(table.Row(source(row)), codes.Pointer + (row * codebook.Groups)));
        shrunk.Add(new NamedArray(Name, (nint)codes.Pointer, shrunk.Rows, codebook.Groups, NamedArray.ElementType.Byte));
        shrunk.Add(NamedArray.Of(codebook.Centroids));
    }

    private void Store(EmbeddingTable table, ShrunkTable shrunk, Func<long, long> source, WorkerPool pool)
    {
        var stored = shrunk.Keep(new EmbeddingTable(0, 0, Name, shrunk.Rows, shrunk.Dim, shrunk.Storage));
        ForRows(pool, shrunk.Rows, row =>
        {
            var numbers = stackalloc Real[Dim];
            var former = table.Row(source(row));
            if (shrunk.Dim < Dim) Coordinates(former, shrunk.Dim, numbers);
            else new Span<Real>(former, Dim).CopyTo(new Span<Real>(numbers, Dim));
            stored.Write(row, numbers);
        });
        foreach (var array in NamedArray.PartsOf(stored)) shrunk.Add(array);
        if (shrunk.Dim == Dim) return;
        var map = shrunk.Keep(Basis(shrunk.Dim));
        shrunk.Add(new NamedArray($"{Name}.map", (nint)map.Pointer, shrunk.Dim, Dim));
        shrunk.Add(new NamedArray($"{Name}.mean", (nint)(map.Pointer + (shrunk.Dim * Dim)), 1, Dim));
    }

    private static void ForRows(WorkerPool pool, long rows, Action<long> action)
    {
        const long Chunk = 1024;
        pool.For((int)((rows + Chunk - 1) / Chunk), 1, action, (each, first, last) =>
        {
            for (var row = first * Chunk; row < Math.Min(last * Chunk, rows); row++) each(row);
        });
    }

    /// <summary>Bytes of a row, or of its codes.</summary>
    private static long RowBytes(FieldOption option) => option.Form is DpqForm form ? form.Groups : RowFormat.Bytes(option.Storage, option.Dim);

    /// <summary>Some rows, spread evenly; those from another start are others where the table has more than the sample.</summary>
    /// <param name="start">Share of the way from one row to the next, 0 to 1.</param>
    private long[] SampleRows(double start)
    {
        var step = Math.Max(1, Rows / Sample);
        return [.. Enumerable.Range(0, (int)(Rows / step)).Select(i => (i * step) + (long)(start * step))];
    }

    /// <summary>Codes of a row's groups, centroids learned on some rows and measured on others.</summary>
    private FieldOption Coded(EmbeddingTable table, int groups)
    {
        using var codebook = new Codebook(table, groups, SampleRows(0));
        return new FieldOption(Dim, SampleRows(0.5).Average(row => codebook.Error(table.Row(row)))) { Form = new DpqForm(groups, codebook.Centroids.Rows) };
    }

    /// <summary>The largest numbers of the table alone (magnitude pruning, Han et al., 2015, arXiv 1506.02626), by a threshold found on some rows; what the others hold is counted in all.</summary>
    private List<FieldOption> Pruned(EmbeddingTable table, IReadOnlyList<RowStorage> storages)
    {
        List<FieldOption> options = [];
        var rows = SampleRows(0);
        Real[] sizes = [.. rows.SelectMany(row => new Span<Real>(table.Row(row), Dim).ToArray()).Select(Math.Abs).OrderDescending()];
        foreach (var threshold in KeptShares.Select(share => sizes[(int)(share * sizes.Length)]).Distinct())
        {
            using var mask = Mask(table, threshold, out var lost);
            var counts = mask.Count();
            foreach (var storage in storages)
            {
                if (KeptForms.Of(new Field(Name, Rows), Dim, storage, counts, mask.IsKept, keep: null) is not { } form) continue;
                thresholds[counts] = threshold;
                options.Add(new FieldOption(Dim, lost + RoundingOfKept(table, mask, storage, rows), storage) { Form = form });
            }
        }

        return options;
    }

    /// <param name="lost">Squares of the numbers that are not kept, of a row in the mean.</param>
    private RowMask Mask(EmbeddingTable table, Real threshold, out double lost)
    {
        var (mask, sum) = (new RowMask(Rows, Dim), 0.0);
        for (var row = 0L; row < Rows; row++)
        {
            var numbers = table.Row(row);
            for (var k = 0; k < Dim; k++)
            {
                if (Math.Abs(numbers[k]) > threshold) mask.Keep(row, k);
                else sum += (double)numbers[k] * numbers[k];
            }
        }

        lost = sum / Rows;
        return mask;
    }

    /// <summary>Squared error by the storage of the numbers that are kept, of a row in the mean.</summary>
    private double RoundingOfKept(EmbeddingTable table, RowMask mask, RowStorage storage, long[] rows)
    {
        Real* kept = stackalloc Real[Dim], rounded = stackalloc Real[Dim];
        var sum = 0.0;
        foreach (var row in rows)
        {
            var count = 0;
            for (var k = 0; k < Dim; k++)
            {
                if (mask.IsKept(row, k)) kept[count++] = table.Row(row)[k];
            }

            if (count == 0) continue;
            RowFormat.Round(storage, kept, count, rounded);
            for (var i = 0; i < count; i++) sum += Math.Pow(kept[i] - rounded[i], 2);
        }

        return sum / rows.Length;
    }

    private bool SharesRows(long rowBytes) => (DistinctRows * rowBytes) + (Rows * sizeof(int)) < Rows * rowBytes;

    private EmbeddingTable Load()
    {
        var table = new EmbeddingTable(0, 0, Name, Rows, Dim);
        file.Read(array, table.Weights.Pointer);
        return table;
    }

    /// <summary>For each row the number, in order of first occurrence, of the distinct row that it is; and where each of those occurs first.</summary>
    private static (int[] Places, List<int> First) Distinct(EmbeddingTable table)
    {
        var places = new int[table.Rows];
        List<int> first = [];
        Dictionary<UInt128, int> found = [];
        for (var row = 0; row < places.Length; row++)
        {
            var hash = XxHash128.HashToUInt128(new ReadOnlySpan<byte>(table.Row(row), table.Dim * sizeof(Real)));
            if (found.TryGetValue(hash, out places[row])) continue;
            found[hash] = places[row] = first.Count;
            first.Add(row);
        }

        return (places, first);
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
        var rows = SampleRows(0);
        var sums = new double[dims.Length, storages.Count];
        Real* coordinates = stackalloc Real[Dim], rounded = stackalloc Real[Dim];
        foreach (var row in rows)
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

        return [.. dims.SelectMany((dim, d) => storages.Select((storage, s) => new FieldOption(dim, basis.Error(dim) + (sums[d, s] / rows.Length), storage)))];
    }
}

/// <summary>A table as it is stored: its arrays and their memory.</summary>
/// <param name="Rows">Stored rows: fewer than the table had where equal ones are stored once.</param>
/// <param name="Groups">Codes of a row; 0: it has numbers.</param>
internal sealed record ShrunkTable(long Rows, int Dim, RowStorage Storage, int Groups) : IDisposable
{
    private readonly List<NamedArray> arrays = [];
    private readonly List<IDisposable> memory = [];

    /// <summary>Numbers that are kept alone, of all rows; 0: rows are whole.</summary>
    public long Kept { get; init; }

    /// <summary>As they are saved.</summary>
    public IReadOnlyList<NamedArray> Arrays => arrays;

    public void Add(NamedArray array) => arrays.Add(array);

    /// <summary>Takes over what an array's memory belongs to.</summary>
    public T Keep<T>(T owner)
        where T : IDisposable
    {
        memory.Add(owner);
        return owner;
    }

    public void Dispose() => memory.ForEach(owner => owner.Dispose());
}
