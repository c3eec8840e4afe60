using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Support;

/// <summary>All rows of a small file in one chunk.</summary>
internal static class ReadRows
{
    public static RecordChunk Of(string path, IRecordReader reader, Schema schema, BadRows? bad = null)
    {
        using var failing = new BadRows(BadRowPolicy.Fail, null);
        using var rows = new ReadAhead(path, reader, ReadAhead.ChunksFor(schema), bad ?? failing);
        var all = new RecordChunk(schema);
        while (rows.Next() is { } chunk)
        {
            for (var row = 0; row < chunk.Count; row++) Append(chunk, row, all);
        }

        return all;
    }

    private static void Append(RecordChunk chunk, int row, RecordChunk all)
    {
        all.Labels[all.Count] = chunk.Labels[row];
        foreach (var (column, target) in chunk.Columns.Zip(all.Columns))
        {
            for (var v = column.StartOf(row); v < column.StartOf(row + 1); v++) target.Add(column.Values[v]);
            if (column.MultiValued) target.EndRow();
        }

        all.EndRow(null, 0, []);
    }
}
