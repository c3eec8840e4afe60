using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Export;

/// <summary>What scoring rows with a saved model takes, from the model's files and the number of rows, or a sample of them where they are raw.</summary>
internal static class ScoringMemory
{
    /// <summary>Of a row: its log-odds, its label, and what is sorted and written of them; measured.</summary>
    public const double RowBytes = 48;

    /// <summary>Readers and their code; measured.</summary>
    public const long Overhead = 20_000_000;

    /// <summary>Of each column of raw rows: chunks that are read and parsed ahead, and a chunk as rows; measured.</summary>
    public const long ColumnBytes = 1_000_000;

    /// <summary>Of a row of a table, where rare values share one: how often training has it, and the row that it now is.</summary>
    private const int FoldedBytes = sizeof(long) + sizeof(int);

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <param name="data">A raw file, or a folder of prepared data.</param>
    /// <param name="split">Of prepared data.</param>
    /// <param name="needsLabel">Whether a raw file must have labels.</param>
    /// <exception cref="AutoDimException">The data cannot be read.</exception>
    public static long Estimate(ModelSize model, WorkerPool pool, string data, string split, bool needsLabel)
    {
        var (rows, beside) = Directory.Exists(data) ? OfPrepared(model, DataManifest.Load(data), split) : OfRaw(model, data, needsLabel);
        return model.Process + Overhead + model.ScoringBytes(pool) + model.Weights + beside + (long)(rows * RowBytes);
    }

    /// <summary>Mapped files count as they are read; where rare values share a row, the training split is counted.</summary>
    private static (double Rows, long Beside) OfPrepared(ModelSize model, DataManifest manifest, string split)
    {
        var folds = model.Manifest.MinCounts.Count > 0;
        var read = manifest.Splits.Where(files => files.Name == split || (folds && files.Name == "train")).ToArray();
        return (read.Where(files => files.Name == split).Sum(files => files.Rows), read.Sum(files => files.Files.Sum(file => file.Bytes)) + (folds ? manifest.Fields.Sum(field => field.Rows) * FoldedBytes : 0));
    }

    private static (double Rows, long Beside) OfRaw(ModelSize model, string file, bool needsLabel)
        => (model.Sample([file], needsLabel)?.Log.Rows ?? 0, model.Vocabulary + (model.Manifest.Fields.Sum(field => 1 + (field.Sequences?.Count ?? 0)) * ColumnBytes));
}
