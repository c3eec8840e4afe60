using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Serving.Http;

namespace AutoDim.Serving;

/// <summary>What a server takes, from the sizes of its model's files and its limits.</summary>
internal static class ServingMemory
{
    /// <summary>ASP.NET Core, connections, batches; measured.</summary>
    private const long Overhead = 50_000_000;

    /// <summary>Resident bytes of the process at their peak: every row of the mapped tables touched, what each worker keeps of a layer, and as many bodies under way as are let in.</summary>
    public static long Estimate(ModelSize model, ServingOptions options)
        => model.Process + Overhead + model.Weights + model.Vocabulary + (options.WorkerCount * (long)KeptProducts.MostBytes) + new BodyMemory(options).Most;
}
