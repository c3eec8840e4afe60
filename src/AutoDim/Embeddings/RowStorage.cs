namespace AutoDim.Embeddings;

/// <summary>How a deployed table keeps its rows. Training is in float32 unless a form says otherwise (<see cref="Forms.StoredForm"/>); a row is rounded once, after it.</summary>
public enum RowStorage
{
    /// <summary>Four bytes a number, as trained. The default.</summary>
    Float32,

    /// <summary>Two bytes a number, IEEE half precision.</summary>
    Float16,

    /// <summary>A byte a number and one for the row's scale.</summary>
    Int8,

    /// <summary>Half a byte a number and a byte for the row's scale.</summary>
    Int4,

    /// <summary>A quarter of a byte a number, which is one of four, and a byte for the row's scale. For rows that were rounded so while they were trained.</summary>
    Int2,

    /// <summary>A byte a number: sign, four bits of exponent, three of mantissa. What single numbers have in an integer plan.</summary>
    Float8,

    /// <summary>Three bits a number, which is one of eight, and a byte for the row's scale. For rows that were rounded so while they were trained. (The last: records of stages have the numbers of those before.)</summary>
    Int3,
}
