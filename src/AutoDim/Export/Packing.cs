using AutoDim.Models;

namespace AutoDim.Export;

/// <summary>Between a model of numbers and the same with its rows in the storage of a plan.</summary>
internal static unsafe class Packing
{
    /// <summary>Copies a model, rows as numbers whatever they are packed as.</summary>
    /// <param name="numbers">The same model, of numbers.</param>
    public static void Unpack(CtrModel packed, CtrModel numbers)
    {
        foreach (var (source, target) in packed.Tables.Zip(numbers.Tables))
        {
            for (var row = 0L; row < target.Rows; row++) source.Read(row, target.Row(row));
        }

        CopyDense(packed, numbers);
    }

    /// <summary>Copies a model, rows in the storage of the other's plan.</summary>
    /// <param name="trained">Of numbers.</param>
    /// <param name="packed">The same model made for scoring, its tables in the plan's storage.</param>
    public static void Pack(CtrModel trained, CtrModel packed)
    {
        foreach (var (source, target) in trained.Tables.Zip(packed.Tables))
        {
            if (target.IsPacked) target.Pack(source);
            else Buffer.MemoryCopy(source.Weights.Pointer, target.Weights.Pointer, target.Weights.Bytes, source.Weights.Bytes);
        }

        CopyDense(trained, packed);
    }

    private static void CopyDense(CtrModel from, CtrModel to)
    {
        foreach (var (source, target) in from.Parameters.Concat(from.Statistics).Zip(to.Parameters.Concat(to.Statistics))) source.Values.CopyTo(target.Values);
    }
}
