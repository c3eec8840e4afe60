namespace AutoDim.Embeddings;

/// <summary>How a deployed table keeps its rows. Training is in float32; a row is rounded once, after it.</summary>
public enum RowStorage
{
    /// <summary>Four bytes a number, as trained. The default.</summary>
    Float32,

    /// <summary>Two bytes a number, IEEE half precision.</summary>
    Float16,

    /// <summary>A byte a number and two for the row's scale.</summary>
    Int8,

    /// <summary>Half a byte a number and two bytes for the row's scale.</summary>
    Int4,
}
