using System.Globalization;
using AutoDim.Cli;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class CompressTablesJobTests : IDisposable
{
    private const int Rows = 1200, Dim = 12;

    private readonly TemporaryFolder folder = new();
    private readonly EmbeddingTable flat = new(0, 0, "flat", Rows, Dim), full = new(1, 0, "full", Rows, Dim), twice = new(2, 0, "twice", Rows, Dim), few = new(3, 0, "few", Rows, Dim), square = new(4, 0, "square", 40, 40);

    public CompressTablesJobTests()
    {
        using var pool = new WorkerPool(1);
        foreach (var table in (EmbeddingTable[])[flat, full, twice, few, square]) table.Initialise(0.5, new CounterRandom(3, 3), pool);
        for (var row = 0L; row < Rows; row++)
        {
            for (var k = 0; k < Dim; k++)
            {
                Number(flat, row, k) = 0.25f + (Number(flat, row, 0) * (k + 1)) + (Number(flat, row, 1) * (k % 3)); // two directions and a mean
                Number(twice, row, k) = Number(twice, row % 6, k);
                if ((row + (7 * k)) % 11 != 0) Number(few, row, k) /= 1000; // one number of eleven is all there is, another in each row
            }
        }
    }

    public void Dispose()
    {
        Array.ForEach([flat, full, twice, few, square], table => table.Dispose());
        folder.Dispose();
    }

    [Theory, InlineData(false, "20%"), InlineData(true, "20%"), InlineData(true, "10%"), InlineData(false, "45kB")]
    public void Execute_WithinBytes_TheFileKeepsToThemAndTablesGetWhatTheyNeed(bool isNumpy, string budget)
    {
        var result = Compress(isNumpy, budget);
        result.BytesBefore.ShouldBe(4L * Rows * Dim * sizeof(float));
        result.BytesAfter.ShouldBeLessThanOrEqualTo(ByteSize.Parse(budget, result.BytesBefore));
        result.BytesAfter.ShouldBe(new FileInfo(folder.File($"small/{result.File}")).Length);
        result.Tables.Select(table => table.Name).ShouldBe(["flat", "full", "twice", "few"]); // the square one is no table
        result.Tables[0].StoredDim.ShouldBeLessThanOrEqualTo(2);
        if (budget == "10%") return;
        result.Tables[2].StoredRows.ShouldBe(6);
        result.Tables[3].Kept.ShouldBeInRange(Rows * Dim / 12, Rows * Dim / 4);
        result.Tables.ShouldAllBe(table => table.SquaredError < 0.02 * table.Variance);
    }

    /// <summary>Vectors that the sample reads with numpy, against the former rows: the squared errors are those told.</summary>
    [Theory, InlineData(false, "15%"), InlineData(true, "15%"), InlineData(true, "40kB")]
    public void ReadTables_WithNumpy_ErrorsAsTold(bool isNumpy, string budget)
    {
        var python = Tool.NumpyOrSkip();
        foreach (var item in Compress(isNumpy, budget).Tables)
        {
            string[] ids = [.. Enumerable.Range(0, Rows).Select(row => row.ToString(CultureInfo.InvariantCulture))];
            var (code, output) = Tool.Run(python, [SharedData.Repository("samples/python/read_tables.py"), folder.File("small"), item.Name, .. ids]);
            code.ShouldBe(0, output);
            var vectors = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray()).ToArray();
            var table = new[] { flat, full, twice, few }.Single(table => table.Name == item.Name);
            var error = Enumerable.Range(0, Rows).Average(row => Enumerable.Range(0, Dim).Sum(k => Math.Pow(vectors[row][k] - Number(table, row, k), 2)));
            error.ShouldBe(item.SquaredError, Math.Max(1e-9, 0.01 * item.SquaredError));
        }
    }

    [Fact]
    public void Compress_WhatCannotBe_RefusedWithTheFix()
    {
        Write(false);
        Refusal("--to", "50").ShouldContain("cannot be made as small");
        Refusal("--to", "50%", "--tables", "ful").ShouldContain("there is no array 'ful'; did you mean full");
        Refusal("--to", "50%", "--data", folder.File("clicks")).ShouldContain("leave it out");

        string Refusal(params string[] arguments)
        {
            using StringWriter output = new(), errors = new();
            Application.Run(["compress", folder.File("tables.safetensors"), .. arguments, "--out", folder.File("refused"), "--quiet"], output, errors).ShouldBe(2);
            return errors.ToString();
        }
    }

    private CompressedTables Compress(bool isNumpy, string budget)
    {
        using var file = ArrayFile.Open(Write(isNumpy));
        using var pool = new WorkerPool(2);
        return new CompressTablesJob(file, pool, new RunObserver()).Execute(budget, [], [RowStorage.Float16, RowStorage.Int8, RowStorage.Int4], isNumpy, new RunFolder(folder.File("small")), TestContext.Current.CancellationToken);
    }

    private string Write(bool isNumpy)
    {
        NamedArray[] arrays = [.. new[] { flat, full, twice, few, square }.SelectMany(NamedArray.PartsOf)];
        var path = folder.File(isNumpy ? "tables.npz" : "tables.safetensors");
        if (isNumpy) NumpyFile.Write(path, arrays);
        else TensorFile.Write(path, arrays, new Dictionary<string, string>());
        return path;
    }

    private static unsafe ref Real Number(EmbeddingTable table, long row, int k) => ref table.Row(row)[k];
}
