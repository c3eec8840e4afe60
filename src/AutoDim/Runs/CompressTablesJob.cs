using System.Text.Json.Serialization;
using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Search;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Makes tables of any program's smaller: fewer dimensions by principal directions, smaller storage, the largest numbers alone, codes of centroids, equal rows once. Which table gets how much is a knapsack over their squared errors.</summary>
internal sealed class CompressTablesJob(ArrayFile file, WorkerPool pool, RunObserver observer)
{
    /// <summary>What is taken for a table where none is named: a matrix of so many rows, and so many for each dimension. Weights of dense layers are squarer.</summary>
    private const long LeastRows = 256, LeastRowsOfADimension = 4;

    /// <summary>Bytes of an array beside its numbers, its name twice included, in either kind of file; and of a file.</summary>
    private const long ArrayHead = 384, FileHead = 512;

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <inheritdoc cref="Execute"/>
    public long Estimate(string budget, IReadOnlyList<string> names)
    {
        var chosen = Chosen(names);
        return CompressMemory.Estimate(chosen, ByteSize.Parse(budget, chosen.Sum(array => array.Bytes)));
    }

    /// <param name="budget">Most bytes of the file of tables, or a share of the tables' in the former file, such as 5%.</param>
    /// <param name="names">Of arrays; none: every matrix that looks like a table.</param>
    /// <param name="storages">To choose among, table by table.</param>
    /// <param name="folder">Where tables.json goes, and tables.npz or tables.safetensors, whichever the former file is.</param>
    /// <exception cref="AutoDimException">There is no such table, or none can be made that small.</exception>
    public CompressedTables Execute(string budget, IReadOnlyList<string> names, IReadOnlyList<RowStorage> storages, bool isNumpy, RunFolder folder, CancellationToken cancellation)
    {
        var chosen = Chosen(names);
        if (names.Count == 0) observer.Note($"{chosen.Length} of {file.Arrays.Count} arrays look like tables and are taken (--tables names others): {string.Join(", ", chosen.Select(array => array.Name))}");
        List<ForeignTable> tables = [];
        foreach (var array in chosen)
        {
            cancellation.ThrowIfCancellationRequested();
            observer.Stage("compress", $"{array.Name}: what its dimensions and storages are worth, by squared error");
            tables.Add(new ForeignTable(file, array, storages));
        }

        var whole = tables.Sum(table => table.Bytes);
        var bytes = ByteSize.Parse(budget, whole);
        var room = bytes - FileHead - tables.Sum(table => 4 * (ArrayHead + (2L * table.Name.Length)));
        var choice = room <= 0 ? null : LeastLossPlan.LeastLoss([.. tables.Select(table => table.Options)], room, int.MaxValue, (m, option) => tables[m].BytesOf(option));
        if (choice == null) throw new AutoDimException($"the tables cannot be made as small as {bytes} bytes ({ByteSize.Show(bytes)}) of {whole}; raise --to, or allow smaller rows (--storages int4,int3,int2)");
        ShrunkTable[] shrunk = [.. tables.Zip(choice, (table, option) => table.Shrink(option, pool))];
        try
        {
            var name = isNumpy ? "tables.npz" : "tables.safetensors";
            NamedArray[] arrays = [.. shrunk.SelectMany(table => table.Arrays)];
            if (isNumpy) NumpyFile.Write(folder.File(name), arrays);
            else TensorFile.Write(folder.File(name), arrays, new Dictionary<string, string>());
            var result = new CompressedTables
            {
                File = name,
                BytesBefore = whole,
                BytesAfter = new FileInfo(folder.File(name)).Length,
                Tables = [.. tables.Select((table, m) => new CompressedTable(table.Name, table.Rows, table.Dim, shrunk[m].Rows, shrunk[m].Dim, shrunk[m].Storage, shrunk[m].Groups, shrunk[m].Kept, table.Bytes, shrunk[m].Arrays.Sum(array => array.Bytes), choice[m].Loss, table.Variance))],
            };
            JsonFile.Save(folder.File("tables.json"), result, CompressTablesJson.Default.CompressedTables);
            return result;
        }
        finally
        {
            Array.ForEach(shrunk, table => table.Dispose());
        }
    }

    private ForeignArray[] Chosen(IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            return [.. names.Distinct().Select(name => file.Arrays.FirstOrDefault(array => array.Name == name)
                ?? throw new AutoDimException($"there is no array '{name}'{Settings.NearestWord.Suggestion(name, file.Arrays.Select(array => array.Name))}; the file has {string.Join(", ", file.Arrays.Select(array => array.Name))}"))];
        }

        ForeignArray[] found = [.. file.Arrays.Where(array => array is { Type: not null, Shape: [var rows, >= 1 and <= EmbeddingPlan.MostDim and var dim] } && rows >= LeastRows && rows >= LeastRowsOfADimension * dim)];
        return found.Length > 0 ? found : throw new AutoDimException($"no array looks like a table, a matrix of {LeastRows} rows or more and {LeastRowsOfADimension} for each dimension; name them: --tables {string.Join(",", file.Arrays.Where(array => array.Shape.Count == 2).Take(3).Select(array => array.Name))}");
    }
}

/// <summary>tables.json.</summary>
internal sealed record CompressedTables
{
    public int FormatVersion { get; init; } = 1;

    /// <summary>The file of their arrays.</summary>
    public string File { get; init; } = "";

    /// <summary>Of the tables in the file that they come from.</summary>
    public long BytesBefore { get; init; }

    /// <summary>Of the file of their arrays.</summary>
    public long BytesAfter { get; init; }

    public IReadOnlyList<CompressedTable> Tables { get; init; } = [];
}

/// <summary>A table before and after.</summary>
/// <param name="StoredRows">Fewer than its rows where equal ones are stored once: NAME.index then tells which row each has.</param>
/// <param name="StoredDim">Fewer than its dimension where NAME.map and NAME.mean lead back.</param>
/// <param name="Groups">Codes of a row, each of a centroid of NAME.centroids in that group's columns; 0: rows are numbers in the storage.</param>
/// <param name="Kept">Numbers that are kept, in NAME.heads and NAME.rows, while the others are zero; 0: all.</param>
/// <param name="SquaredError">Of a row, in the mean; of storages measured on some thousand rows.</param>
/// <param name="Variance">Mean squared distance of a row from the mean row, to hold the error against.</param>
internal sealed record CompressedTable(string Name, long Rows, int Dim, long StoredRows, int StoredDim, RowStorage Storage, int Groups, long Kept, long BytesBefore, long BytesAfter, double SquaredError, double Variance);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CompressedTables))]
internal sealed partial class CompressTablesJson : JsonSerializerContext;
