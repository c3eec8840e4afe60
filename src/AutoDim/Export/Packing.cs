using AutoDim.Models;

namespace AutoDim.Export;

/// <summary>A trained model's weights with its rows in the storage of a plan.</summary>
internal static unsafe class Packing
{
    /// <param name="trained">Of numbers.</param>
    /// <param name="packed">The same model made for scoring, its tables in the plan's storage.</param>
    public static void Pack(CtrModel trained, CtrModel packed)
    {
        foreach (var (source, target) in trained.Tables.Zip(packed.Tables))
        {
            if (target.IsPacked) target.Pack(source);
            else Buffer.MemoryCopy(source.Weights.Pointer, target.Weights.Pointer, target.Weights.Bytes, source.Weights.Bytes);
        }

        foreach (var (source, target) in trained.Parameters.Concat(trained.Statistics).Zip(packed.Parameters.Concat(packed.Statistics))) source.Values.CopyTo(target.Values);
    }
}
