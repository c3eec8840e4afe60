namespace AutoDim.Graphs;

/// <summary>A matrix that flows through a graph, by its name there.</summary>
internal readonly record struct GraphValue(string Name);
