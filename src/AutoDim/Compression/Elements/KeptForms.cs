using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression.Elements;

/// <summary>The forms of a field of whose rows a method keeps some numbers.</summary>
internal static class KeptForms
{
    /// <summary>Null where the rows stay whole: their bitmaps would cost more than they save, as they always do beside two or three bits a number.</summary>
    /// <param name="counts">How much is kept.</param>
    /// <param name="keeps">Whether a row's number is.</param>
    /// <param name="keep">Where the mask goes; null: it is not made, and the form tells its bytes alone.</param>
    public static SparseForm? Of(Field field, int dim, RowStorage storage, KeptCounts counts, Func<long, int, bool> keeps, Action<RowMask>? keep)
    {
        var pays = dim > 1 && SparseRows.Storages.Contains(storage) && counts.Kept > 0 && SparseRows.Bytes(field.Rows, dim, storage, counts) < field.Rows * RowFormat.Bytes(storage, dim);
        return pays ? new SparseForm(counts, keep == null ? 1 : MaskOf(field, dim, keeps, keep)) : null;
    }

    /// <summary>Likewise where each row keeps its first numbers, in all storages; those that differ in storage too always pay.</summary>
    /// <param name="dims">How many rows keep how many numbers; several may have as many.</param>
    /// <param name="dimOf">How many a row does.</param>
    public static PrefixForm? Of(Field field, int dim, RowStorage storage, IEnumerable<RowPrefix> dims, Func<long, int> dimOf, Action<RowMask>? keep)
    {
        RowPrefix[] prefixes = [.. dims.Where(prefix => prefix.Dim > 0 && prefix.Rows > 0).GroupBy(prefix => prefix.Dim)
            .Select(group => group.First() with { Rows = group.Sum(prefix => prefix.Rows) }).OrderByDescending(prefix => prefix.Dim)];
        var pays = dim > 1 && prefixes.Length > 0 && (prefixes.Any(prefix => prefix.Storage != null) || PrefixRows.Bytes(field.Rows, storage, prefixes) < field.Rows * RowFormat.Bytes(storage, dim));
        return pays ? new PrefixForm(prefixes, keep == null ? 1 : MaskOf(field, dim, (row, k) => k < dimOf(row), keep)) : null;
    }

    private static long MaskOf(Field field, int dim, Func<long, int, bool> keeps, Action<RowMask> keep)
    {
        using var mask = new RowMask(field.Rows, dim);
        for (var row = 0L; row < mask.Rows; row++)
        {
            for (var k = 0; k < dim; k++)
            {
                if (keeps(row, k)) mask.Keep(row, k);
            }
        }

        keep(mask);
        return mask.Id;
    }
}
