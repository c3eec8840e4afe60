namespace AutoDim.Data.Preparation;

/// <summary>What the values of a vocabulary are, which keeps no more than some bits of their hashes: read once more from the log that it was made of.</summary>
internal static class ValueTexts
{
    /// <summary>For each field that has a vocabulary, its values by their cells; null for one that has none.</summary>
    /// <param name="paths">Raw files that together hold every value.</param>
    /// <param name="encoders">As <see cref="VocabularyFile"/> gives them, in the order of the schema's fields.</param>
    /// <exception cref="AutoDimException">A file cannot be read, or values are in none.</exception>
    public static Dictionary<ulong, ValueText>?[] Read(IReadOnlyList<string> paths, Schema schema, IReadOnlyList<FieldEncoder> encoders)
    {
        schema = schema with { Sequences = [] }; // vocabularies are of fields' own columns
        Dictionary<ulong, ValueText>?[] values = [.. encoders.Select(encoder => encoder is VocabularyEncoder ? new Dictionary<ulong, ValueText>() : null)];
        foreach (var path in paths)
        {
            using var bad = new BadRows(BadRowPolicy.Skip, null);
            using var rows = new ReadAhead(path, RecordReaders.Open(path, schema, needsLabel: false, null), ReadAhead.ChunksFor(schema, keepsTexts: true), bad);
            while (rows.Next() is { } chunk)
            {
                for (var m = 0; m < values.Length; m++) Add(values[m], chunk.Columns[m], encoders[m]);
            }
        }

        for (var m = 0; m < values.Length; m++) RequireAll(values[m], encoders[m]);
        return values;
    }

    private static void Add(Dictionary<ulong, ValueText>? values, CellColumn column, FieldEncoder encoder)
    {
        foreach (var cell in values == null ? [] : column.Values)
        {
            if (values!.ContainsKey(cell) || encoder.RowOf(cell) is not (>= FieldEncoder.ReservedRows and var row)) continue;
            values.Add(cell, new ValueText(column.Texts!.GetValueOrDefault(cell, []), row));
        }

        column.Texts!.Clear();
    }

    private static void RequireAll(Dictionary<ulong, ValueText>? values, FieldEncoder encoder)
    {
        if (values == null) return;
        var (found, all) = (values.Values.Select(value => value.Row).Distinct().LongCount(), encoder.Rows - FieldEncoder.ReservedRows);
        if (found < all) throw new AutoDimException($"the files give {found:N0} of the {all:N0} values of field '{encoder.Name}'; name all that the model's data was prepared from, and those of its updates");
    }
}

/// <param name="Text">As it stands in the log; empty for a number, whose cell has its bits.</param>
/// <param name="Row">Its table row.</param>
internal readonly record struct ValueText(byte[] Text, long Row);
