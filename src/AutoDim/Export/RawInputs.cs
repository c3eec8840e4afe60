using AutoDim.Data.Preparation;

namespace AutoDim.Export;

/// <summary>How an exported graph makes table rows of raw values, as the model's vocabulary and schema do.</summary>
/// <param name="Columns">One for each field, then one for each sequence.</param>
internal sealed record RawInputs(IReadOnlyList<RawInput> Columns)
{
    /// <summary>Those that an export is asked for; null: it takes table rows.</summary>
    /// <exception cref="AutoDimException">The format takes rows only, values' texts are not to be had, or a field's rows cannot be told in a graph.</exception>
    public static RawInputs? Of(TrainedModel model, ExportOptions options)
    {
        if (options.Inputs == ExportInputs.Rows) return options.ValuesFrom.Count == 0 ? null : throw new AutoDimException("--values-from has texts for a graph that takes raw values; add --inputs values, or leave it out");
        if (options.Format != ExportFormat.Onnx) throw new AutoDimException("arrays take table rows, no raw values: --inputs values is of --format onnx alone");
        if (model.Manifest is not { Vocabulary: not null, Schema: { } schemaFile }) throw new AutoDimException($"the model '{model.Folder}' has no vocabulary: its values are table rows already; leave --inputs values out");
        var encoders = model.Encoders();
        var rows = RowEncoder.Load(model.Folder, model.Manifest, model.Model.Fields);
        if (encoders.All(encoder => encoder is IdentityEncoder)) return new RawInputs([.. encoders.Cast<IdentityEncoder>().Select((encoder, m) => new IdInput(rows.Encoders[m], encoder))]);
        if (encoders.FirstOrDefault(encoder => encoder is HashEncoder) is { } hashed) throw new AutoDimException($"the values of field '{hashed.Name}' are hashed, for which ONNX has no operator; export with --inputs rows, or prepare the data without hash for that field");
        if (options.ValuesFrom.Count == 0 && encoders.Any(encoder => encoder is VocabularyEncoder)) throw new AutoDimException("the vocabulary keeps hashes of values, not their texts; name the files that the model's data was prepared from, as in --values-from clicks.csv");
        var schema = RawRows.SchemaOf(Path.Combine(model.Folder, schemaFile.Name), model.Model.Fields, encoders);
        var values = ValueTexts.Read(options.ValuesFrom, schema, encoders);
        return new RawInputs([.. rows.Columns.Select((column, c) => Of(c < encoders.Count ? c : FieldOf(c - encoders.Count), rows.Encoders[c], column.MultiValued))]);

        int FieldOf(int sequence) => Enumerable.Range(0, encoders.Count).First(m => encoders[m].Name == schema.Sequences[sequence].Of);

        RawInput Of(int m, ColumnEncoder column, bool isPadded) => encoders[m] switch
        {
            BucketEncoder buckets => new NumberInput(column, buckets.Boundaries),
            VocabularyEncoder { IsLogSquare: true } => new LogSquareInput(column, values[m]!),
            _ => new TextInput(column, encoders[m], isPadded, [.. values[m]!.Values], schema.Missing),
        };
    }
}
