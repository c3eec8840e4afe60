namespace AutoDim.Data.Preparation;

/// <summary>The reader of a file's format.</summary>
internal static class RecordReaders
{
    /// <param name="needsLabel">False where rows are only to be scored.</param>
    public static IRecordReader Open(string path, Schema schema, bool needsLabel, Action<long>? progress)
        => schema.Format == "parquet" || (schema.Format == null && path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase))
            ? new ParquetRecordReader(path, schema, needsLabel, progress)
            : new DelimitedReader(path, schema, needsLabel, progress);
}
