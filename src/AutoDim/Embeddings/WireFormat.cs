namespace AutoDim.Embeddings;

/// <summary>How the numbers of a row go from rank to rank.</summary>
public enum WireFormat
{
    /// <summary>Four bytes a number, exact.</summary>
    Float32,

    /// <summary>Two bytes a number, IEEE half precision.</summary>
    Float16,

    /// <summary>A byte a number, −127 to 127 times the row's scale, which goes before as a float32. A row of one number goes as float32, which is shorter.</summary>
    Int8,
}

/// <summary>The formats of rows that are fetched before a pass and of the gradients that go back.</summary>
internal readonly record struct RowWire(WireFormat Rows, WireFormat Gradients);
