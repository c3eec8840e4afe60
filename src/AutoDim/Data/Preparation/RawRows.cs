namespace AutoDim.Data.Preparation;

/// <summary>Rows of a raw file, encoded by what was fitted on the training data.</summary>
internal static class RawRows
{
    /// <summary>One split in memory per few thousand rows.</summary>
    public static IEnumerable<MemorySplit> Read(string path, string schemaPath, IReadOnlyList<FieldEncoder> encoders, BadRowPolicy onBadRow)
    {
        var isLibfm = encoders.All(encoder => encoder is IdentityEncoder);
        var schema = isLibfm ? new Schema { Fields = [.. encoders.Select(encoder => new FieldSchema { Column = encoder.Name })] } : SchemaFile.Load(schemaPath);
        var bad = new BadRows(onBadRow, null);
        using var reader = isLibfm
            ? new LibfmReader(path, LibfmField.Load(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "fields.tsv")), bad, null)
            : RecordReaders.Open(path, schema, needsLabel: false, bad, null);
        var chunk = new RecordChunk(schema.Fields);
        while (reader.Read(chunk)) yield return Encode(chunk, encoders);
    }

    private static MemorySplit Encode(RecordChunk chunk, IReadOnlyList<FieldEncoder> encoders)
    {
        var rows = new long[encoders.Count][];
        var starts = new int[]?[encoders.Count];
        for (var m = 0; m < rows.Length; m++)
        {
            var column = chunk.Columns[m];
            rows[m] = [.. column.Values.Select(encoders[m].RowOf)];
            starts[m] = column.MultiValued ? [.. column.Starts] : null;
        }

        return new MemorySplit(chunk.Labels[..chunk.Count], rows, starts);
    }
}
