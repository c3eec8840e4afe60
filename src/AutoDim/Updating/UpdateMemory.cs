using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Updating;

/// <summary>What an update takes, from the model's files and a sample of the new rows: to choose values, or to learn, whichever is more.</summary>
internal static class UpdateMemory
{
    /// <summary>Of a value, old or new, while it is chosen which have rows; measured.</summary>
    private const double ChosenBytes = 900;

    /// <summary>Of a cell: read, joined, divided, and as a row of the old and of the new vocabulary.</summary>
    private const double CellBytes = 40;

    /// <summary>Weights and Adam's two moments.</summary>
    private const int NumbersOfAWeight = 3;

    /// <summary>Code, readers; measured.</summary>
    private const long Overhead = 30_000_000;

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <param name="files">The new rows.</param>
    /// <exception cref="AutoDimException">The rows cannot be read.</exception>
    public static long Estimate(ModelSize model, WorkerPool pool, IReadOnlyList<string> files)
    {
        if (model.Sample(files, needsLabel: true) is not var (log, encoders)) return 0; // is refused for that
        var values = encoders.Zip(log.Distinct).Where(field => field.First is VocabularyEncoder).Sum(field => field.First.Rows + field.Second);
        var learning = model.Weights + (NumbersOfAWeight * sizeof(float) * (double)model.TableNumbers.Sum());
        return model.Process + Overhead + (2 * model.ScoringBytes(pool)) + model.LearningBytes(pool, new TrainingOptions().For((long)log.Rows)) + model.Weights + (long)((log.Rows * model.Manifest.Fields.Count * CellBytes) + Math.Max(values * ChosenBytes, learning));
    }
}
