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
    /// Likewise with storages. As a row's length tells its storage, blocks of one dimension have one; an option's own is its coarsest. Where there are several, those options of a dimension and storage are left out
    /// that another undercuts in bytes and loss.
    /// </summary>
    /// <param name="storages">To choose from, the coarsest first.</param>
    /// <param name="rounding">Loss of each block in each storage.</param>
    public static IEnumerable<FieldOption> Of(Field field, int[] dims, long[] sizes, double[][] losses, IReadOnlyList<RowStorage> storages, double[][] rounding)
    {
        int[][] finenesses = [.. Falling(sizes.Length, storages.Count)];
        var choices = Falling(sizes.Length, dims.Length)
            .Where(places => dims[places[0]] <= field.Rows || places[0] == dims.Length - 1)
            .SelectMany(places => finenesses.Where(fineness => IsByLength(places, fineness, dims)), (places, fineness) => new Choice(places, fineness));
        if (storages.Count == 1) return choices.Select(Option);
        return choices.GroupBy(choice => (choice.Places[0], choice.Fineness[^1])) // of thousands of choices only those that stay are made options
            .SelectMany(group => Undominated(group, choice => BytesOf(Option(choice)), Loss).Select(Option));

        double Loss(Choice choice) => Enumerable.Range(0, sizes.Length).Sum(block => losses[block][choice.Places[block]] + (block > 0 && dims[choice.Places[block]] < 2 ? 0 : rounding[block][choice.Fineness[block]]));

        long BytesOf(FieldOption option) => new PlanField(field.Name, field.Rows, option.Dim, option.Storage) { Form = option.Form }.Bytes;

        FieldOption Option(Choice choice)
        {
            var (places, fineness) = choice;
            var isMixed = fineness[0] != fineness[^1];
            var prefixes = Enumerable.Range(0, sizes.Length).Where(block => dims[places[block]] > 0).GroupBy(block => places[block])
                .Select(group => new RowPrefix(group.Sum(block => sizes[block]), dims[group.Key]) { Storage = isMixed ? storages[fineness[group.First()]] : null });
            return new FieldOption(dims[places[0]], Loss(choice), storages[fineness[^1]]) { Form = places[0] == places[^1] ? null : new PrefixForm([.. prefixes], Mask: 1) };
        }
    }

    /// <summary>Those for which no other takes no more bytes and costs no more, the smallest first.</summary>
    public static IEnumerable<T> Undominated<T>(IEnumerable<T> all, Func<T, long> bytes, Func<T, double> loss)
    {
        var least = double.PositiveInfinity;
        foreach (var one in all.OrderBy(bytes).ThenBy(loss))
        {
            if (loss(one) >= least) continue;
            yield return one;
            least = loss(one);
        }
    }

    /// <summary>Whether blocks of one dimension have one storage, and those too short to have one of their own that of the block before.</summary>
    private static bool IsByLength(int[] places, int[] fineness, int[] dims)
    {
        for (var block = 1; block < places.Length; block++)
        {
            if (fineness[block] != fineness[block - 1] && (places[block] == places[block - 1] || dims[places[block]] < 2)) return false;
        }

        return true;
    }

    /// <summary>All ways to give each of some blocks one of so many places, none a later one than the block before.</summary>
    private static IEnumerable<int[]> Falling(int blocks, int places)
        => blocks == 1 ? Enumerable.Range(0, places).Select(place => (int[])[place]) : Falling(blocks - 1, places).SelectMany(before => Enumerable.Range(0, before[^1] + 1).Select(place => (int[])[.. before, place]));

    /// <param name="Places">Of each block's dimension.</param>
    /// <param name="Fineness">Places of each block's storage.</param>
    private readonly record struct Choice(int[] Places, int[] Fineness);
}
