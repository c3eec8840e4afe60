namespace AutoDim.Data.Preparation;

/// <summary>Rows of a raw file, encoded by what was fitted on the training data.</summary>
internal static class RawRows
{
    /// <summary>One split in memory per few thousand rows; labels where the file has them, else 0.</summary>
    /// <param name="fields">The fields as a model reads them: where they have sequences, the file has a column for each, of its own or named like it.</param>
    /// <param name="encoders">As <see cref="VocabularyFile"/> gives them, in the order of the schema's fields.</param>
    /// <param name="bad">Told of rows that cannot be read; the caller's.</param>
    /// <param name="needsLabel">Whether a file without labels is an error.</param>
    public static IEnumerable<MemorySplit> Read(string path, string schemaPath, IReadOnlyList<Field> fields, IReadOnlyList<FieldEncoder> encoders, BadRows bad, bool needsLabel = false)
        => ReadCells(path, schemaPath, fields, encoders, needsLabel, bad).Select(cells => cells.Encode(encoders));

    /// <summary>The same before it is encoded, so that values without a row can be seen.</summary>
    /// <inheritdoc cref="Read"/>
    public static IEnumerable<RawCells> ReadCells(string path, string schemaPath, IReadOnlyList<Field> fields, IReadOnlyList<FieldEncoder> encoders, bool needsLabel, BadRows bad)
    {
        var ids = IdsOf(encoders);
        var schema = SchemaOf(schemaPath, fields, encoders);
        IRecordReader reader = ids.Length > 0 ? new LibfmReader(path, ids, null) : RecordReaders.Open(path, schema, needsLabel, null);
        using var rows = new ReadAhead(path, reader, ReadAhead.ChunksFor(schema), bad);
        while (rows.Next() is { } chunk)
        {
            if (chunk.Count > 0) yield return RawCells.Of(chunk, schema);
        }
    }

    /// <summary>The schema of rows that are only to be scored.</summary>
    /// <inheritdoc cref="Read"/>
    public static Schema SchemaOf(string schemaPath, IReadOnlyList<Field> fields, IReadOnlyList<FieldEncoder> encoders)
    {
        var ids = IdsOf(encoders);
        var schema = ids.Length > 0 ? new Schema { Fields = [.. ids.Select(field => new FieldSchema { Column = field.Name })] } : SchemaFile.Load(schemaPath);
        schema = schema with { Sequences = [.. fields.SelectMany(field => field.Sequences ?? []).Select(sequence => Listed(schema, sequence.Name))] };
        return schema.Fields.Count == encoders.Count ? schema
            : throw new AutoDimException($"the schema '{schemaPath}' has {schema.Fields.Count} fields, its vocabulary {encoders.Count}; they do not belong together");
    }

    /// <summary>The fields of ids that are rows already: all or none.</summary>
    public static LibfmField[] IdsOf(IReadOnlyList<FieldEncoder> encoders) => [.. encoders.OfType<IdentityEncoder>().Select(encoder => encoder.Ids)];

    /// <summary>What was made from the log stands in a column of the sequence's name where rows are only to be scored.</summary>
    private static SequenceSchema Listed(Schema schema, string name)
    {
        var sequence = schema.Sequences.First(sequence => sequence.Name == name);
        return sequence with { Column = sequence.Column ?? name, By = null, Time = null };
    }
}
