namespace AutoDim.Data;

/// <summary>One feature field of a prepared set: its values are table rows 0 … <paramref name="Rows"/> - 1.</summary>
/// <param name="Name">Unique within the set.</param>
/// <param name="Rows">Number of table rows: kept values, and the missing and out-of-vocabulary rows where the field has them.</param>
/// <param name="MultiValued">Whether a sample may hold any number of values (their vectors are averaged).</param>
/// <param name="VocabularyBytes">Bytes of the map from raw value to row that must ship with a model; 0 where ids are rows already.</param>
public sealed record Field(string Name, long Rows, bool MultiValued = false, long VocabularyBytes = 0);
