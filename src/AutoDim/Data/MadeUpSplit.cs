namespace AutoDim.Data;

/// <summary>Samples without meaning, to try out what a model takes.</summary>
internal static class MadeUpSplit
{
    /// <summary>Values of a sequence that a sample is taken to have, where its length allows more.</summary>
    public const int MostListed = 50;

    /// <summary>The fields with tables cut to so many rows, a value a sample.</summary>
    public static Field[] Cut(IReadOnlyList<Field> fields, long mostRows) => [.. fields.Select(field => field with { Rows = Math.Min(field.Rows, mostRows), MultiValued = false })];

    /// <summary>Values that a sample has of each column: of each field, then of each sequence.</summary>
    public static int[] ValuesPerSample(IReadOnlyList<Field> fields)
        => [.. fields.Select(_ => 1), .. fields.SelectMany(field => field.Sequences ?? []).Select(sequence => Math.Min(sequence.Length, MostListed))];

    /// <param name="fields">With one value a sample.</param>
    /// <param name="rowsOf">What draws a column's row, from the number of the draw.</param>
    public static MemorySplit Of(IReadOnlyList<Field> fields, int samples, Func<Field, Func<long, long>> rowsOf)
    {
        var listed = ValuesPerSample(fields);
        var rows = Field.Columns(fields).Select((column, c) =>
        {
            var draw = rowsOf(column);
            return Enumerable.Range(0, samples * listed[c]).Select(i => draw(((long)c * samples * MostListed) + i)).ToArray();
        }).ToArray();
        var labels = Enumerable.Range(0, samples).Select(i => (float)(i & 1)).ToArray();
        var starts = listed.Select((values, c) => c < fields.Count ? null : Enumerable.Range(0, samples + 1).Select(i => i * values).ToArray());
        return new MemorySplit(labels, rows, [.. starts]);
    }
}
