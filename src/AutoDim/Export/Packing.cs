using AutoDim.Models;

namespace AutoDim.Export;

/// <summary>A trained model's weights as a plan deploys them.</summary>
internal static unsafe class Packing
{
    /// <param name="trained">Of numbers.</param>
    /// <param name="packed">The same model made for scoring: its tables in the plan's storage, or the codes that the trained ones stand for.</param>
    public static void Pack(CtrModel trained, CtrModel packed)
    {
        foreach (var (source, target) in trained.Tables.Zip(packed.Tables))
        {
            if (target.IsPacked) target.Pack(source);
            else Buffer.MemoryCopy(source.Weights.Pointer, target.Weights.Pointer, target.Weights.Bytes, source.Weights.Bytes);
        }

        // What only trains, such as the keys of codes, has no place in the packed model.
        var sources = trained.Parameters.Concat(trained.Statistics).ToLookup(parameter => parameter.Name);
        foreach (var target in packed.Parameters.Concat(packed.Statistics)) sources[target.Name].First().Values.CopyTo(target.Values);
    }
}
