using AutoDim.Data;

namespace AutoDim.Tests.Support;

/// <summary>All rows of a split, field by name: each sample's table rows.</summary>
internal sealed class PreparedRows
{
    private readonly Dictionary<string, long[][]> rows = [];

    public IReadOnlyList<Field> Fields { get; private init; } = [];

    public float[] Labels { get; private set; } = [];

    public static PreparedRows Of(DataSplit split, IReadOnlyList<Field> fields, IEnumerable<long>? order = null)
    {
        long[] samples = [.. order ?? Enumerable.Range(0, (int)split.RowCount).Select(sample => (long)sample)];
        using var batch = new Batch(fields, samples.Length);
        split.Read(samples, batch);
        var read = new PreparedRows { Fields = fields, Labels = batch.Labels.AsSpan(0, samples.Length).ToArray() };
        foreach (var column in batch.Columns)
        {
            read.rows[column.Field.Name] = [.. Enumerable.Range(0, samples.Length).Select(i => column.Offsets is { } offsets
                ? column.Rows.AsSpan(offsets[i], offsets[i + 1] - offsets[i]).ToArray() : [column.Rows[i]])];
        }

        return read;
    }

    /// <summary>A field's rows in every sample.</summary>
    public long[][] Values(string field) => rows[field];

    /// <summary>A single-valued field's row in every sample.</summary>
    public long[] Column(string field) => [.. rows[field].Select(values => values.ShouldHaveSingleItem())];

    public long TableRows(string field) => Fields.Single(item => item.Name == field).Rows;
}
