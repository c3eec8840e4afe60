using AutoDim.Models;

namespace AutoDim.Export;

/// <summary>Between a model of numbers and the same as a plan deploys it.</summary>
internal static unsafe class Packing
{
    /// <summary>Copies a model, rows as numbers whatever they are packed as, but for those of codes.</summary>
    /// <param name="numbers">The same model made for scoring, of numbers.</param>
    /// <param name="formerRows">For each row of each field's tables in <paramref name="numbers"/> the packed model's row that it starts as; null: the same rows.</param>
    public static void Unpack(CtrModel packed, CtrModel numbers, IReadOnlyList<long[]>? formerRows = null)
    {
        foreach (var (source, target) in packed.Tables.Zip(numbers.Tables))
        {
            if (target.Codes != null)
            {
                Buffer.MemoryCopy(source.Packed.Pointer, target.Packed.Pointer, target.Packed.Bytes, source.Packed.Bytes);
                continue;
            }

            if (formerRows != null || target.Share == null) source.RequireWhole("copying a model");
            for (var position = 0L; position < target.OwnRows; position++)
            {
                var row = source.Share != null ? position : target.Share?.RowAt(position) ?? position;
                source.Read(formerRows == null ? row : formerRows[target.Field][row], target.Row(position));
            }
        }

        CopyDense(packed, numbers);
    }

    /// <summary>Copies a model, rows in the storage of the other's plan, or as the codes that they stand for.</summary>
    /// <param name="trained">Of numbers.</param>
    /// <param name="packed">The same model made for scoring.</param>
    public static void Pack(CtrModel trained, CtrModel packed)
    {
        foreach (var (source, target) in trained.Tables.Zip(packed.Tables))
        {
            if (target.Share == null) source.RequireWhole("packing rows");
            if (target.IsPacked) target.Pack(source);
            else
            {
                for (var position = 0L; position < target.OwnRows; position++) source.Read(position, target.Row(position));
            }
        }

        CopyDense(trained, packed);
    }

    /// <summary>What only trains, such as the keys of codes, has no place in the other model.</summary>
    private static void CopyDense(CtrModel from, CtrModel to)
    {
        var sources = from.Parameters.Concat(from.Statistics).ToLookup(parameter => parameter.Name);
        foreach (var target in to.Parameters.Concat(to.Statistics)) sources[target.Name].First().Values.CopyTo(target.Values);
    }
}
