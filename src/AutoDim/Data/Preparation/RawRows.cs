namespace AutoDim.Data.Preparation;

/// <summary>Rows of a raw file, encoded by what was fitted on the training data.</summary>
internal static class RawRows
{
    /// <summary>One split in memory per few thousand rows; labels where the file has them, else 0.</summary>
    /// <param name="encoders">As <see cref="VocabularyFile"/> gives them, in the order of the schema's fields.</param>
    /// <param name="bad">Told of rows that cannot be read; the caller's.</param>
    public static IEnumerable<MemorySplit> Read(string path, string schemaPath, IReadOnlyList<FieldEncoder> encoders, BadRows bad)
    {
        var ids = encoders.OfType<IdentityEncoder>().Select(encoder => encoder.Ids).ToArray();
        var schema = ids.Length > 0 ? new Schema { Fields = [.. ids.Select(field => new FieldSchema { Column = field.Name })] } : SchemaFile.Load(schemaPath);
        if (schema.Fields.Count != encoders.Count) throw new AutoDimException($"the schema '{schemaPath}' has {schema.Fields.Count} fields, its vocabulary {encoders.Count}; they do not belong together");
        using var reader = ids.Length > 0 ? new LibfmReader(path, ids, bad, null) : RecordReaders.Open(path, schema, needsLabel: false, bad, null);
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
            rows[m] = new long[column.Values.Length];
            for (var v = 0; v < rows[m].Length; v++) rows[m][v] = encoders[m].RowOf(column.Values[v]);
            starts[m] = column.MultiValued ? column.Starts.ToArray() : null;
        }

        return new MemorySplit(chunk.Labels[..chunk.Count], rows, starts);
    }
}
