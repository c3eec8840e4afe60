using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace AutoDim.Data.Preparation;

/// <summary>Rows of raw files in memory as 64-bit cells, to be encoded by one vocabulary or another.</summary>
/// <param name="Labels">One a row; 0 where the file has none.</param>
/// <param name="Cells">Of each field in the schema's order, then of each sequence.</param>
/// <param name="Starts">Of each field and sequence: where each row's cells begin, and the end; null where a row has one cell.</param>
/// <param name="FieldOf">The field whose values a column's cells are.</param>
internal sealed record RawCells(float[] Labels, ulong[][] Cells, int[]?[] Starts, int[] FieldOf)
{
    public int RowCount => Labels.Length;

    public static RawCells Of(RecordChunk chunk, Schema schema)
    {
        CellColumn[] columns = [.. chunk.Columns, .. chunk.Lists.Select(list => list!)];
        int[] fields = [.. Enumerable.Range(0, chunk.Columns.Length), .. schema.Sequences.Select(sequence => Enumerable.Range(0, schema.Fields.Count).First(m => schema.Fields[m].FullName == sequence.Of))];
        return new RawCells(chunk.Labels[..chunk.Count], [.. columns.Select(column => column.Values.ToArray())], [.. columns.Select(column => column.MultiValued ? column.Starts.ToArray() : null)], fields);
    }

    /// <summary>The rows of all parts, in order.</summary>
    /// <param name="parts">One at least, of the same schema.</param>
    public static RawCells Join(IReadOnlyList<RawCells> parts)
    {
        var columns = Enumerable.Range(0, parts[0].Cells.Length);
        return new RawCells([.. parts.SelectMany(part => part.Labels)], [.. columns.Select(c => parts.SelectMany(part => part.Cells[c]).ToArray())], [.. columns.Select(JoinStarts)], parts[0].FieldOf);

        int[]? JoinStarts(int c)
        {
            if (parts[0].Starts[c] == null) return null;
            List<int> starts = [0];
            foreach (var part in parts)
            {
                var before = starts[^1];
                starts.AddRange(part.Starts[c]!.Skip(1).Select(start => before + start));
            }

            return [.. starts];
        }
    }

    /// <summary>Some neighbouring rows.</summary>
    public RawCells Slice(int first, int count) => new(
        Labels[first..(first + count)],
        [.. Cells.Select((cells, c) => Starts[c] is { } starts ? cells[starts[first]..starts[first + count]] : cells[first..(first + count)])],
        [.. Starts.Select(starts => starts?[first..(first + count + 1)].Select(start => start - starts[first]).ToArray())],
        FieldOf);

    /// <summary>A hash over all rows.</summary>
    public string Fingerprint()
    {
        var hash = new XxHash3();
        hash.Append(MemoryMarshal.AsBytes(Labels.AsSpan()));
        foreach (var cells in Cells) hash.Append(MemoryMarshal.AsBytes(cells.AsSpan()));
        foreach (var starts in Starts) hash.Append(MemoryMarshal.AsBytes(starts.AsSpan()));
        return hash.GetCurrentHashAsUInt64().ToString("x16");
    }

    /// <summary>The rows as a vocabulary leads to them.</summary>
    public MemorySplit Encode(IReadOnlyList<FieldEncoder> encoders)
    {
        var rows = Cells.Select(cells => new long[cells.Length]).ToArray();
        for (var c = 0; c < rows.Length; c++) encoders[FieldOf[c]].RowsOf(Cells[c], rows[c]);
        return new MemorySplit(Labels, rows, Starts);
    }
}
