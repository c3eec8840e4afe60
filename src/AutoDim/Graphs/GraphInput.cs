namespace AutoDim.Graphs;

/// <summary>
/// What a graph is given of a field or sequence: (B), or (B, n) where a sample may have any number. Table rows, padded with −1; or raw values, texts of
/// which are padded with empty ones.
/// </summary>
internal sealed record GraphInput(string Name, bool IsPadded, GraphType Type = GraphType.Int64);
