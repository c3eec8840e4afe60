using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Search;

namespace AutoDim.Compression;

/// <summary>What a field may be given where each block of its values has a dimension, and perhaps a storage, and no block more or finer numbers than a more popular one.</summary>
internal static class BlockOptions
{
    /// <param name="dims">To choose from, ascending.</param>
    /// <param name="sizes">Rows of each block, the most popular first.</param>
    /// <param name="losses">Of each block at each dimension; a field's are their sum.</param>
    /// <returns>The options, with forms that have no mask yet.</returns>
    public static IEnumerable<FieldOption> Of(Field field, int[] dims, long[] sizes, double[][] losses) => Of(field, dims, sizes, losses, [RowStorage.Float32], [.. sizes.Select(_ => (double[])[0])]);

    /// <summary>
    /// Likewise with storages. As a row's length tells its storage, blocks of one dimension have one; an option's own is its coarsest. Of options of one dimension and storage only those are there that no other
    /// undercuts in bytes and loss.
    /// </summary>
    /// <param name="storages">To choose from, the coarsest first.</param>
    /// <param name="rounding">Loss of each block in each storage.</param>
    public static IEnumerable<FieldOption> Of(Field field, int[] dims, long[] sizes, double[][] losses, IReadOnlyList<RowStorage> storages, double[][] rounding)
        => storages.Count == 1 ? All(field, dims, sizes, losses, storages, rounding)
            : All(field, dims, sizes, losses, storages, rounding).GroupBy(option => (option.Dim, option.Storage)).SelectMany(group => Undominated(group, option => new PlanField(field.Name, field.Rows, option.Dim, option.Storage) { Form = option.Form }.Bytes));

    /// <summary>Those for which no other takes no more bytes and costs no more, the smallest first.</summary>
    public static IEnumerable<FieldOption> Undominated(IEnumerable<FieldOption> options, Func<FieldOption, long> bytes)
    {
        var least = double.PositiveInfinity;
        foreach (var option in options.OrderBy(bytes).ThenBy(option => option.Loss))
        {
            if (option.Loss >= least) continue;
            yield return option;
            least = option.Loss;
        }
    }

    private static IEnumerable<FieldOption> All(Field field, int[] dims, long[] sizes, double[][] losses, IReadOnlyList<RowStorage> storages, double[][] rounding)
    {
        int[][] finenesses = [.. Falling(sizes.Length, storages.Count)];
        foreach (var choice in Falling(sizes.Length, dims.Length))
        {
            var dim = dims[choice[0]];
            if (dim > field.Rows && dim < dims[^1]) continue;
            foreach (var fineness in finenesses)
            {
                if (!IsByLength(choice, fineness, dims)) continue;
                var isMixed = fineness[0] != fineness[^1];
                var form = choice[0] == choice[^1] ? null : new PrefixForm(
                    [.. Enumerable.Range(0, sizes.Length).Where(block => dims[choice[block]] > 0).GroupBy(block => choice[block]).Select(group => new RowPrefix(group.Sum(block => sizes[block]), dims[group.Key])
                    {
                        Storage = isMixed ? storages[fineness[group.First()]] : null,
                    })],
                    Mask: 1);
                var loss = Enumerable.Range(0, sizes.Length).Sum(block => losses[block][choice[block]] + (block > 0 && dims[choice[block]] < 2 ? 0 : rounding[block][fineness[block]]));
                yield return new FieldOption(dim, loss, storages[fineness[^1]]) { Form = form };
            }
        }
    }

    /// <summary>Whether blocks of one dimension have one storage, and those too short to have one of their own that of the block before.</summary>
    private static bool IsByLength(int[] choice, int[] fineness, int[] dims)
    {
        for (var block = 1; block < choice.Length; block++)
        {
            if (fineness[block] != fineness[block - 1] && (choice[block] == choice[block - 1] || dims[choice[block]] < 2)) return false;
        }

        return true;
    }

    /// <summary>All ways to give each of some blocks one of so many places, none a later one than the block before.</summary>
    private static IEnumerable<int[]> Falling(int blocks, int places)
        => blocks == 1 ? Enumerable.Range(0, places).Select(place => (int[])[place]) : Falling(blocks - 1, places).SelectMany(before => Enumerable.Range(0, before[^1] + 1).Select(place => (int[])[.. before, place]));
}
