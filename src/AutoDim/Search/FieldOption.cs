using AutoDim.Embeddings;

namespace AutoDim.Search;

/// <summary>Something a field may be given.</summary>
/// <param name="Loss">What that costs, in a measure that adds up over fields: AUC, squared error.</param>
internal sealed record FieldOption(int Dim, double Loss, RowStorage Storage = RowStorage.Float32);
