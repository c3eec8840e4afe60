namespace AutoDim.Embeddings;

/// <summary>Rows as bytes of a <see cref="WireFormat"/> other than float32. The same numbers always become the same bytes.</summary>
internal static unsafe class WireRow
{
    private const int Largest = 127;

    /// <summary>Bytes of a row.</summary>
    public static long Bytes(WireFormat format, int dim) => format switch
    {
        WireFormat.Float16 => sizeof(ushort) * (long)dim,
        WireFormat.Int8 when dim > 1 => sizeof(float) + dim,
        _ => sizeof(Real) * (long)dim,
    };

    public static void Encode(WireFormat format, Real* row, int dim, byte* target)
    {
        if (format == WireFormat.Float16)
        {
            for (var k = 0; k < dim; k++) ((Half*)target)[k] = (Half)Math.Clamp((float)row[k], (float)Half.MinValue, (float)Half.MaxValue);
            return;
        }

        if (dim == 1)
        {
            *(Real*)target = *row;
            return;
        }

        Real largest = 0;
        for (var k = 0; k < dim; k++) largest = Math.Max(largest, Math.Abs(row[k])); // one that is no number makes the scale, and so the row, none
        var scale = (float)(largest / Largest);
        *(float*)target = scale;
        var codes = (sbyte*)target + sizeof(float);
        var inverse = scale > 0 ? 1 / (Real)scale : 0;
        for (var k = 0; k < dim; k++) codes[k] = (sbyte)Math.Clamp(Math.Round(row[k] * inverse), -Largest, Largest);
    }

    public static void Decode(WireFormat format, byte* source, int dim, Real* row)
    {
        if (format == WireFormat.Float16)
        {
            for (var k = 0; k < dim; k++) row[k] = (Real)((Half*)source)[k];
            return;
        }

        if (dim == 1)
        {
            *row = *(Real*)source;
            return;
        }

        Real scale = *(float*)source;
        var codes = (sbyte*)source + sizeof(float);
        for (var k = 0; k < dim; k++) row[k] = scale * codes[k];
    }
}
