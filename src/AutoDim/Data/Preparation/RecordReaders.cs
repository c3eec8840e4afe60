namespace AutoDim.Data.Preparation;

/// <summary>The reader of a file's format.</summary>
internal static class RecordReaders
{
    /// <param name="needsLabel">False where rows are only to be scored.</param>
    /// <param name="range">Of a plain text file, what is read of it.</param>
    public static IRecordReader Open(string path, Schema schema, bool needsLabel, Action<long>? progress, TextRange range = default)
        => IsParquet(path, schema) ? new ParquetRecordReader(path, schema, needsLabel, progress) : new DelimitedReader(path, schema, needsLabel, progress, range);

    public static bool IsParquet(string path, Schema schema) => schema.Format == "parquet" || (schema.Format == null && path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase));
}
