using System.Runtime.InteropServices;
using AutoDim.Autograd;
using AutoDim.Graphs;

namespace AutoDim.Embeddings;

/// <summary>
/// Tables in a graph: rows stay packed there, a lookup gathers some and unpacks those, to the same numbers as <see cref="RowFormat.Decode"/>. Operators have no
/// form for rows of different lengths: of a table of which a mask keeps some numbers every one is there, the zeros too.
/// </summary>
internal static unsafe class TableGraph
{
    /// <summary>The vectors of a field's entries: (entries, d).</summary>
    /// <param name="rule">By which the field's rows lead to the table's; null: they are the same.</param>
    public static GraphValue Lookup(this GraphTrace trace, EmbeddingTable table, RowRule? rule)
    {
        var graph = trace.Graph;
        var rows = rule == null ? trace.Rows(table.Field) : rule.Describe(graph, trace.Rows(table.Field));
        if (table.Kept != null) return graph.Gather(Constant("", GraphType.Float32, table.Dim, stream => WriteNumbers(stream, table)), rows);
        if (table.Codes != null) return graph.ToWhole(graph.Gather(Constant("", GraphType.UInt8, table.Dim, stream => WriteCodes(stream, table)), rows));
        switch (table.Storage)
        {
            case RowStorage.Float32:
                return graph.Gather(Constant("", GraphType.Float32, table.Dim, stream => GraphTrace.Write(stream, table.Weights.Pointer, table.Parameters)), rows);
            case RowStorage.Float16:
                return graph.ToFloat(graph.Gather(Constant("", GraphType.Float16, table.Dim, stream => WriteBytes(stream, table, 0, table.RowBytes)), rows));
            case RowStorage.Float8:
                return Numbers("float8", RowFormat.Float8Of, graph.Gather(Constant("", GraphType.UInt8, table.Dim, stream => WriteBytes(stream, table, 0, table.RowBytes)), rows));
            case RowStorage.Int8:
                var codes = Constant(".codes", GraphType.Int8, table.Dim, stream => WriteBytes(stream, table, RowFormat.ScaleBytes, table.Dim));
                return Scaled(graph.ToFloat(graph.Gather(codes, rows)));
            case RowStorage.Int4:
                return Scaled(graph.Subtract(graph.ToFloat(Unpacked(graph, PackedCodes(), table.Dim, bits: 4)), graph.Number(RowFormat.NibbleZero)));
            case RowStorage.Int3:
                return Scaled(Odd(graph.ToFloat(ThreeBits(graph, PackedCodes(), table.Dim)), RowFormat.EighthZero));
            case RowStorage.Int2:
                return Scaled(Odd(graph.ToFloat(Unpacked(graph, PackedCodes(), table.Dim, bits: 2)), RowFormat.QuarterZero));
            default:
                throw new NotSupportedException($"rows of {table.Storage} have no form in a graph");
        }

        GraphValue Scaled(GraphValue codes)
            => graph.Multiply(codes, Numbers("scales", RowFormat.ScaleOf, graph.Gather(Constant(".scale", GraphType.UInt8, 1, stream => WriteBytes(stream, table, 0, RowFormat.ScaleBytes)), rows)));

        // Bytes of several codes each, after the scale.
        GraphValue PackedCodes()
        {
            var bytes = table.RowBytes - RowFormat.ScaleBytes;
            return graph.Gather(Constant(".codes", GraphType.UInt8, bytes, stream => WriteBytes(stream, table, RowFormat.ScaleBytes, bytes)), rows);
        }

        GraphValue Odd(GraphValue halves, int zero) => graph.Subtract(graph.Multiply(halves, graph.Number(2)), graph.Number(zero));

        // What bytes stand for, from a list that all tables share.
        GraphValue Numbers(string name, Func<byte, float> numberOf, GraphValue bytes)
        {
            float[] numbers = [.. Enumerable.Range(0, 256).Select(code => numberOf((byte)code))];
            return graph.Gather(graph.Constant(new GraphConstant($"{ForwardGraph.Prefix}{name}", GraphType.Float32, [numbers.Length], stream => stream.Write(MemoryMarshal.AsBytes(numbers.AsSpan())))), graph.ToWhole(bytes));
        }

        GraphValue Constant(string part, GraphType type, long columns, Action<Stream> write) => graph.Constant(new GraphConstant($"{ForwardGraph.Prefix}{table.Name}{part}", type, [table.Rows, columns], write));
    }

    /// <summary>Several codes a byte, the first lowest, as one a byte: (N, ⌈d · bits / 8⌉) → (N, d).</summary>
    private static GraphValue Unpacked(ForwardGraph graph, GraphValue packed, int dim, int bits)
    {
        var perByte = 8 / bits;
        GraphValue Part(int i)
        {
            var shifted = i == 0 ? packed : graph.Node("BitShift", [packed, graph.Byte((byte)(bits * i))], GraphAttribute.Of("direction", "RIGHT"));
            return graph.Unsqueeze(i == perByte - 1 ? shifted : graph.Node("BitwiseAnd", [shifted, graph.Byte((byte)((1 << bits) - 1))]), 2);
        }

        var whole = (dim + perByte - 1) / perByte * perByte;
        var codes = graph.Reshape(graph.Concatenate(2, [.. Enumerable.Range(0, perByte).Select(Part)]), -1, whole);
        return dim == whole ? codes : graph.Slice(codes, graph.Numbers([0]), graph.Numbers([dim]), axis: 1);
    }

    /// <summary>Three bits a code, the first lowest, each of one byte or of two side by side, as whole numbers: (N, ⌈3 d / 8⌉) → (N, d).</summary>
    private static GraphValue ThreeBits(ForwardGraph graph, GraphValue packed, int dim)
    {
        var bytes = graph.ToWhole(packed);
        var last = ((3 * dim) + 7) / 8 - 1;
        GraphValue Columns(Func<int, long> of) => graph.Numbers([.. Enumerable.Range(0, dim).Select(of)]);
        var first = graph.Gather(bytes, Columns(k => 3 * k / 8), axis: 1);
        var second = graph.Gather(bytes, Columns(k => Math.Min((3 * k / 8) + 1, last)), axis: 1);
        var both = graph.Add(first, graph.Multiply(second, graph.Numbers([256])));
        return graph.Node("Mod", [graph.Divide(both, Columns(k => 1L << (3 * k % 8))), graph.Numbers([8])]);
    }

    /// <summary>Every number of every row, zeros included.</summary>
    private static void WriteNumbers(Stream stream, EmbeddingTable table)
    {
        var numbers = stackalloc Real[table.Dim];
        for (var row = 0L; row < table.Rows; row++)
        {
            table.Read(row, numbers);
            GraphTrace.Write(stream, numbers, table.Dim);
        }
    }

    /// <summary>Every row's codes, a byte each.</summary>
    private static void WriteCodes(Stream stream, EmbeddingTable table)
    {
        var codes = new byte[table.Dim];
        fixed (byte* pointer = codes)
        {
            for (var row = 0L; row < table.Rows; row++)
            {
                table.Codes!.Read(table.Packed.Pointer, row, pointer);
                stream.Write(codes);
            }
        }
    }

    /// <summary>Some bytes of every row.</summary>
    private static void WriteBytes(Stream stream, EmbeddingTable table, long first, long count)
    {
        for (var row = 0L; row < table.Rows; row++) stream.Write(new ReadOnlySpan<byte>(table.Packed.Pointer + (row * table.RowBytes) + first, (int)count));
    }
}
