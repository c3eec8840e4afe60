namespace AutoDim.Data.Preparation;

/// <summary>Whole lines within a text file; the default is all of it.</summary>
/// <param name="Start">Bytes before it.</param>
/// <param name="End">Where it ends; null: with the file.</param>
/// <param name="LinesBefore">Lines of the file before it.</param>
internal readonly record struct TextRange(long Start, long? End, long LinesBefore);
