using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>Made-up masks: rows that keep nothing, all, or by chance a third of their numbers; or of their first numbers half, all, one or none.</summary>
internal sealed class Masks : IDisposable
{
    private readonly RowMask?[] masks;

    /// <summary>Masks for all fields of a plan that have two or more numbers a row.</summary>
    /// <param name="arePrefixes">Whether rows keep their first numbers, as <see cref="PrefixForm"/> has them.</param>
    public Masks(EmbeddingPlan plan, bool arePrefixes = false)
    {
        masks = [.. plan.Fields.Select((item, m) => item.Dim <= 1 ? null : arePrefixes ? OfPrefixes(item.Rows, item.Dim) : Of(item.Rows, item.Dim, (ulong)m + 1))];
        Plan = plan with { Fields = [.. plan.Fields.Select((item, m) => item with { Form = masks[m] is { } mask ? FormOf(mask, arePrefixes) : null })] };
    }

    /// <summary>The plan with the masks' forms.</summary>
    public EmbeddingPlan Plan { get; }

    /// <summary>The same, rounded while it trains, where rows of each length have a storage of their own, the longest four bits, the others two or three.</summary>
    public EmbeddingPlan Mixed => (Plan with
    {
        Fields = [.. Plan.Fields.Select(item => item with { Storage = RowStorage.Int2, Form = item.Form is PrefixForm form ? form with { Prefixes = [.. form.Prefixes.Select(prefix => prefix with { Storage = prefix.Dim == item.Dim ? RowStorage.Int4 : prefix.Dim > 1 ? RowStorage.Int3 : RowStorage.Int2 })] } : item.Form })],
    }).Rounded;

    public static RowMask Of(long rows, int dim, ulong seed = 1)
    {
        var (mask, random) = (new RowMask(rows, dim), new CounterRandom(seed, 5));
        for (var row = 0L; row < rows; row++)
        {
            for (var k = 0; k < dim; k++)
            {
                if (row % 4 == 1 || (row % 4 != 2 && random.Uniform((row * dim) + k) < 0.33)) mask.Keep(row, k);
            }
        }

        return mask;
    }

    public static RowMask OfPrefixes(long rows, int dim)
    {
        var mask = new RowMask(rows, dim);
        for (var row = 0L; row < rows; row++)
        {
            for (var k = 0; k < KeptOf(row, dim); k++) mask.Keep(row, k);
        }

        return mask;
    }

    /// <summary>Lets a model of numbers keep what the masks keep.</summary>
    public void Apply(CtrModel model)
    {
        for (var m = 0; m < masks.Length; m++)
        {
            if (masks[m] is { } mask) model.VectorTable(model.Fields[m].Name).Keep(mask);
        }
    }

    public RowMask? OfField(int field) => masks[field];

    public void Dispose()
    {
        foreach (var mask in masks) mask?.Dispose();
    }

    private static int KeptOf(long row, int dim) => (row % 4) switch { 0 => dim / 2, 1 => dim, 2 => 1, _ => 0 };

    private static MaskedForm FormOf(RowMask mask, bool arePrefixes) => arePrefixes
        ? new PrefixForm([.. Enumerable.Range(0, (int)mask.Rows).Select(row => KeptOf(row, mask.Dim)).Where(kept => kept > 0).GroupBy(kept => kept).Select(group => new RowPrefix(group.LongCount(), group.Key))], mask.Id)
        : new SparseForm(mask.Count(), mask.Id);
}
