using AutoDim.Data;
using AutoDim.Data.Preparation;

namespace AutoDim.Export;

/// <summary>
/// Encodes single rows of raw values exactly as preparation does; for scoring where rows do not come from a file. Where a model has no
/// vocabulary, values are ids: those of the libfm file, or table rows.
/// </summary>
internal sealed class RowEncoder
{
    private RowEncoder(IReadOnlyList<Field> columns, ColumnEncoder[] encoders) => (Columns, Encoders) = (columns, encoders);

    /// <summary>A column for each field, then one for each sequence: <see cref="Field.Columns"/>.</summary>
    public IReadOnlyList<Field> Columns { get; }

    /// <summary>One for each column.</summary>
    public IReadOnlyList<ColumnEncoder> Encoders { get; }

    /// <summary>Finds the columns that rows need, in the order of <see cref="Columns"/>; others are left out.</summary>
    /// <exception cref="AutoDimException">One is missing or there twice, or their rows differ in number.</exception>
    public RawColumn[] Find(IReadOnlyList<RawColumn> columns) => RawColumn.Find(columns, Encoders.Select(encoder => new ColumnUse(encoder.Name, "the model's field of that name")));

    /// <summary>Encodes rows of columns that <see cref="Find"/> gave.</summary>
    /// <exception cref="AutoDimException">A value cannot be read.</exception>
    public void Encode(RawColumn[] columns, int first, int count, EncodedRows target)
    {
        target.Clear();
        for (var row = first; row < first + count; row++)
        {
            for (var c = 0; c < columns.Length; c++)
            {
                if (Encoders[c].Encode(columns[c][row], target.Columns[c]) is { } problem) throw new AutoDimException($"row {row}, field '{Encoders[c].Name}': {problem}; give {Encoders[c].Expected}");
            }

            target.EndRow();
        }
    }

    /// <summary>The encoder of a model's fields.</summary>
    /// <param name="fields">As the model reads them.</param>
    /// <exception cref="AutoDimException">The vocabulary or the schema cannot be read or belongs to another model.</exception>
    public static RowEncoder Load(string folder, ModelManifest manifest, IReadOnlyList<Field> fields)
    {
        var columns = Field.Columns(fields);
        if (manifest.Vocabulary == null || manifest.Schema == null) return new RowEncoder(columns, [.. columns.Select((column, c) => Ids(column, c, 0, column.Rows - 1, null))]);
        var encoders = VocabularyFile.Load(Path.Combine(folder, manifest.Vocabulary.Name));
        var schema = RawRows.SchemaOf(Path.Combine(folder, manifest.Schema.Name), fields, encoders);
        if (!encoders.Select(encoder => (encoder.Name, encoder.Rows)).SequenceEqual(fields.Select(field => (field.Name, field.Rows))))
        {
            throw new AutoDimException($"the vocabulary in '{folder}' has other fields or rows than the manifest; export the model again");
        }

        if (encoders.All(encoder => encoder is IdentityEncoder)) return new RowEncoder(columns, [.. encoders.Cast<IdentityEncoder>().Select((encoder, c) => Ids(columns[c], c, encoder.Ids.First, encoder.Ids.Last, encoder))]);
        var parser = new CellParser(schema, needsLabel: false, hasLabel: false);
        return new RowEncoder(columns, [.. columns.Select((_, c) => c < fields.Count ? OfField(c) : OfSequence(c - fields.Count))]);

        ColumnEncoder OfField(int m) => new TextEncoder(fields[m].Name, int.MaxValue, parser, schema.Fields[m], encoders[m], m, isSequence: false);

        ColumnEncoder OfSequence(int s)
        {
            var sequence = schema.Sequences[s];
            var m = Enumerable.Range(0, fields.Count).First(m => fields[m].Name == sequence.Of);
            return new TextEncoder(sequence.Name, sequence.Length, parser, schema.Fields[m], encoders[m], s, isSequence: true);
        }

        ColumnEncoder Ids(Field column, int c, long first, long last, FieldEncoder? encoder) => new IdEncoder(column.Name, MostValues(c), column.MultiValued, first, last, encoder);

        int MostValues(int c) => c < fields.Count ? int.MaxValue : fields.SelectMany(field => field.Sequences ?? []).ElementAt(c - fields.Count).Length;
    }
}
