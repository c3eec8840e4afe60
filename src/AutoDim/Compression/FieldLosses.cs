using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Search;
using AutoDim.Training;

namespace AutoDim.Compression;

/// <summary>
/// What it costs a trained model to keep less of a field, one field at a time: its best approximation of d dimensions, for all its values or for those of some popularity, its rare values in one
/// row, its rows in a smaller storage. All are measured apart and taken to add up.
/// </summary>
internal sealed class FieldLosses
{
    /// <summary>The model, which is changed for each measurement and put back.</summary>
    public required CtrModel Model { get; init; }

    /// <summary>Occurrences of each row of each field in training.</summary>
    public required IReadOnlyList<long[]> Counts { get; init; }

    /// <summary>Dimensions to try of each field, ascending; its own, the last, costs nothing.</summary>
    public required IReadOnlyList<int[]> Dims { get; init; }

    /// <summary>Rows of each block of a field whose dimension may differ from the others', see <see cref="PopularityBlocks"/>.</summary>
    public Func<Field, long[]> Blocks { get; init; } = field => [field.Rows];

    /// <summary>Minimal counts to try of each field, ascending.</summary>
    public required IReadOnlyList<long[]> MinCounts { get; init; }

    /// <summary>Storages to try, of each block, the coarsest first; none: rows stay as they are.</summary>
    public IReadOnlyList<RowStorage> Storages { get; init; } = [];

    /// <summary>A field with its values below a minimal count in one row.</summary>
    public required Func<int, long, Field> Folded { get; init; }

    /// <summary>The loss of the model as it stands, where one field is changed.</summary>
    public required Func<int, double> LossNow { get; init; }

    /// <summary>Told how many measurements are done, of how many.</summary>
    public required Action<int, int> Measured { get; init; }

    /// <summary>The options of each field: every dimension, minimal count and storage together. None of them costs less than one that keeps more.</summary>
    public IReadOnlyList<FieldOption[]> Measure(CancellationToken cancellation)
    {
        long[][] sizes = [.. Model.Fields.Select(Blocks)];
        var (done, total) = (0, Dims.Zip(sizes).Sum(pair => (pair.First.Length - 1) * pair.Second.Length) + MinCounts.Sum(list => list.Length) + (Storages.Count * sizes.Sum(list => list.Length)));
        return [.. Model.Fields.Select((field, m) =>
        {
            EmbeddingTable[] tables = [.. Model.TablesOf(m)];
            using var saved = new Snapshot([.. tables.SelectMany(NamedArray.PartsOf)]);
            saved.Take();
            double LossOf(Action change)
            {
                cancellation.ThrowIfCancellationRequested();
                change();
                var loss = LossNow(m);
                saved.Restore();
                Measured(++done, total);
                return loss;
            }

            var vectors = Model.VectorTable(field.Name);
            var basis = FieldBasis.Of(vectors, Counts[m]);
            var blockOf = PopularityBlocks.BlockOf(Counts[m], sizes[m]);
            double[][] cut = [.. Enumerable.Range(0, sizes[m].Length).Select(block => Rising(Dims[m][..^1]
                .Select(dim => LossOf(() => basis.Approximate(vectors, dim, row => blockOf[row] == block))).ToArray().Append(0).Reverse()).Reverse().ToArray())];
            double[] shared = [.. Rising(MinCounts[m].Select(minCount => LossOf(() => Array.ForEach(tables, table => RareRows.Share(field, table, Counts[m], minCount)))).ToArray().Prepend(0))];
            double[][] rounding = [.. sizes[m].Select((_, block) => Storages.Count == 0 ? [0] : Storages.Select(storage => Math.Max(0, LossOf(() => Array.ForEach(tables, table => RoundTo(storage, table, row => blockOf[row] == block))))).ToArray())];
            return Options(m, sizes[m], cut, shared, rounding);
        })];
    }

    /// <summary>Losses that never fall as less is kept: where less measures better, that is the chance of the sample, and more is taken to be worth nothing.</summary>
    public static IEnumerable<double> Rising(IEnumerable<double> losses)
    {
        var largest = 0.0;
        foreach (var loss in losses) yield return largest = Math.Max(largest, loss);
    }

    private static unsafe void RoundTo(RowStorage storage, EmbeddingTable table, Func<long, bool> among)
    {
        var format = RowFormat.For(storage, table.Dim);
        if (format == RowStorage.Float32) return;
        for (var row = 0L; row < table.Rows; row++)
        {
            if (among(row)) RowFormat.Round(format, table.Row(row), table.Dim, table.Row(row));
        }
    }

    private FieldOption[] Options(int m, long[] sizes, double[][] cut, double[] shared, double[][] rounding)
        => [.. MinCounts[m].Prepend(0).Zip(shared).SelectMany(folded =>
        {
            var (minCount, sharing) = folded;
            var field = Folded(m, minCount);
            var options = BlockOptions.Of(field, Dims[m], SizesWithin(sizes, field.Rows), cut, Storages.Count > 0 ? Storages : [RowStorage.Float32], rounding); // folding takes the least popular
            return options.Select(option => option with { Loss = option.Loss + sharing, MinCount = minCount, Folded = minCount > 1 ? field : null });
        })];

    private static long[] SizesWithin(long[] sizes, long rows)
    {
        List<long> within = [];
        foreach (var size in sizes)
        {
            if (rows > 0) within.Add(Math.Min(size, rows));
            rows -= size;
        }

        return [.. within];
    }
}
