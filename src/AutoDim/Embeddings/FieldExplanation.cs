namespace AutoDim.Embeddings;

/// <summary>Why a field has the dimension that a plan gives it.</summary>
/// <param name="Rows">Of the data, before rare values shared one.</param>
/// <param name="RareTraffic">Of its occurrences in training, the share of values seen a handful of times.</param>
/// <param name="OccurrencesPerRow">How often training saw one of the rows that the plan leaves, on average.</param>
/// <param name="FullBytes">Of its vectors in the full model.</param>
/// <param name="SingleFieldAuc">Validation AUC of the value's rate of clicks in training, alone; 0.5 says nothing.</param>
/// <param name="LostIfHalved">Validation AUC that the slim model loses where the field is cut to its best half of the dimensions; null where it has one or none, or no rows of its own.</param>
/// <param name="LostIfDropped">Likewise where every value has the field's mean vector.</param>
/// <param name="DimAtHalf">Its dimension in the search's plan of half the bytes; null without a search, or where there is no such plan.</param>
/// <param name="DimAtDouble">Likewise of twice the bytes.</param>
public sealed record FieldExplanation(
    long Rows, double RareTraffic, double OccurrencesPerRow, long FullBytes, double SingleFieldAuc, double? LostIfHalved, double? LostIfDropped, int? DimAtHalf, int? DimAtDouble);
