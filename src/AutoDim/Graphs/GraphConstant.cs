namespace AutoDim.Graphs;

/// <summary>Numbers of a graph that do not depend on its inputs: weights, tables, shapes. They are written straight from where they lie.</summary>
/// <param name="Shape">Numbers along each axis.</param>
/// <param name="WriteTo">Writes them row after row, little endian.</param>
internal sealed record GraphConstant(string Name, GraphType Type, IReadOnlyList<long> Shape, Action<Stream> WriteTo)
{
    public long Bytes => Shape.Aggregate(1L, (product, length) => checked(product * length)) * Type switch
    {
        GraphType.Int64 or GraphType.Float64 => sizeof(long),
        GraphType.Float32 => sizeof(float),
        GraphType.Float16 => 2,
        _ => 1,
    };
}

/// <summary>What a graph's numbers are.</summary>
internal enum GraphType
{
    Float32,
    Float16,
    Int8,
    UInt8,
    Int64,
    Float64,

    /// <summary>Of inputs only.</summary>
    Text,
}
