namespace AutoDim.Graphs;

/// <summary>Table rows of a field or sequence that a graph is given: (B), or (B, n) where a sample may have any number, padded with −1.</summary>
internal sealed record GraphInput(string Name, bool IsPadded);
