using Apache.Arrow.Types;

namespace AutoDim.Data;

/// <summary>The smallest integer type that holds a field's rows.</summary>
internal static class RowWidth
{
    /// <summary>1, 2, 4 or 8 bytes.</summary>
    public static int Of(long rows) => rows switch
    {
        <= 1L << 8 => 1,
        <= 1L << 16 => 2,
        <= 1L << 31 => 4,
        _ => 8,
    };

    public static IArrowType ArrowType(int width) => width switch
    {
        1 => UInt8Type.Default,
        2 => UInt16Type.Default,
        4 => Int32Type.Default,
        _ => Int64Type.Default,
    };
}
