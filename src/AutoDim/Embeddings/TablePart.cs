namespace AutoDim.Embeddings;

/// <summary>An array of a table, as it is saved.</summary>
/// <param name="Name">Unique within a model.</param>
/// <param name="Address">Where it lies; 0: nowhere yet.</param>
/// <param name="IsBytes">Whether it holds bytes; else numbers of the engine's type.</param>
internal readonly record struct TablePart(string Name, nint Address, long Rows, long Columns, bool IsBytes);
