using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Search;

namespace AutoDim.Compression;

/// <summary>What a field may be given where each block of its values has a dimension, and no block more than a more popular one.</summary>
internal static class BlockOptions
{
    /// <param name="dims">To choose from, ascending.</param>
    /// <param name="sizes">Rows of each block, the most popular first.</param>
    /// <param name="losses">Of each block at each dimension; a field's are their sum.</param>
    /// <returns>The options, with forms that have no mask yet.</returns>
    public static IEnumerable<FieldOption> Of(Field field, int[] dims, long[] sizes, double[][] losses)
    {
        foreach (var choice in Falling(sizes.Length, dims.Length))
        {
            var dim = dims[choice[0]];
            if (dim > field.Rows && dim < dims[^1]) continue;
            var form = choice.All(place => place == choice[0]) ? null : new PrefixForm([.. choice.Zip(sizes).Where(pair => dims[pair.First] > 0)
                .GroupBy(pair => dims[pair.First]).Select(group => new RowPrefix(group.Sum(pair => pair.Second), group.Key))], Mask: 1);
            yield return new FieldOption(dim, choice.Select((place, block) => losses[block][place]).Sum()) { Form = form };
        }
    }

    /// <summary>All ways to give each of some blocks one of so many places, none a later one than the block before.</summary>
    private static IEnumerable<int[]> Falling(int blocks, int places)
        => blocks == 1 ? Enumerable.Range(0, places).Select(place => (int[])[place]) : Falling(blocks - 1, places).SelectMany(before => Enumerable.Range(0, before[^1] + 1).Select(place => (int[])[.. before, place]));
}
