using AutoDim.Export;
using AutoDim.Numerics;

namespace AutoDim.Updating;

/// <summary>What comparing new rows with a model takes, from the model's files and a sample of the rows.</summary>
internal static class DriftMemory
{
    /// <summary>Of a cell: read, joined, and as a row of the vocabulary; measured.</summary>
    private const double CellBytes = 40;

    /// <summary>Of a row of a table: how often it occurred in training, in validation, and among the new rows.</summary>
    private const int CountBytes = 3 * sizeof(long);

    /// <summary>Of the vocabulary: to read the rows, and to encode them.</summary>
    private const int VocabularyCopies = 2;

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <param name="files">The new rows.</param>
    /// <exception cref="AutoDimException">The rows cannot be read.</exception>
    public static long Estimate(ModelSize model, WorkerPool pool, IReadOnlyList<string> files)
    {
        var rows = model.Sample(files, needsLabel: false)?.Log.Rows ?? 0;
        var fields = model.Manifest.Fields.Count;
        return model.Process + ScoringMemory.Overhead + model.ScoringBytes(pool) + model.Weights + (VocabularyCopies * model.Vocabulary) + (CountBytes * model.Manifest.Fields.Sum(field => field.Rows)) + (fields * ScoringMemory.ColumnBytes) + (long)(rows * (ScoringMemory.RowBytes + (fields * CellBytes)));
    }
}
