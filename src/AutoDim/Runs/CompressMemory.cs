using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>What making a saved model, or other programs' tables, smaller takes, from the sizes of their files.</summary>
internal static class CompressMemory
{
    /// <summary>Code, where nothing is scored; directions; measured.</summary>
    private const long Overhead = 40_000_000;

    /// <summary>Likewise where tables are all there is.</summary>
    private const long TablesOverhead = 25_000_000;

    /// <summary>The model with rows as numbers: as it was, and as it is changed to be measured, or shrunk.</summary>
    private const int Copies = 3;

    /// <summary>While it is trained a little further: Adam's two moments, the best weights so far, and the shrunk ones.</summary>
    private const int LearningCopies = 4;

    /// <summary>Of a validation row: scores and sort keys of one measurement after the other, until they are collected; measured.</summary>
    private const long ScoredBytes = 1000;

    /// <summary>Of a row of a table: how often training has it, the row that it now is, where it stands among the others by that; measured.</summary>
    private const long RowBytes = 24;

    /// <summary>Of a row of another program's table: its place among the distinct rows, and a hash of it in a table that grows; measured.</summary>
    private const long DistinctBytes = 190;

    /// <summary>Resident bytes of the process at their peak, of a model.</summary>
    /// <param name="data">By which choices are made; null: none.</param>
    /// <param name="fineTuning">How it is trained a little further; null: not at all.</param>
    public static long Estimate(ModelSize model, WorkerPool pool, DataManifest? data, TrainingOptions? fineTuning)
    {
        var numbers = sizeof(Real) * model.TableNumbers.Sum();
        var mapped = data?.Splits.Where(split => split.Name != "test").Sum(split => split.Files.Sum(file => file.Bytes)) ?? 0;
        var rows = (data?.Fields ?? model.Manifest.Fields).Sum(field => field.Rows);
        var scoring = data == null ? Overhead : (ScoredBytes * Math.Min(data.Splits[1].Rows, SplitSample.EnoughForAuc)) + (2 * model.ScoringBytes(pool)); // before and after
        var learning = fineTuning == null ? 0 : model.LearningBytes(pool, fineTuning.For(data!.Splits[0].Rows)) + (LearningCopies * numbers) + (data.Splits[0].Rows * RunEstimate.TaughtBytes);
        return model.Process + model.Weights + mapped + (rows * RowBytes) + (Copies * numbers) + scoring + learning;
    }

    /// <summary>Likewise of tables: one at a time as numbers, and all of them shrunk.</summary>
    /// <param name="shrunkBytes">The budget.</param>
    public static long Estimate(IReadOnlyList<ForeignArray> tables, long shrunkBytes)
        => MemoryUse.Peak + TablesOverhead + shrunkBytes + tables.Max(table => (sizeof(Real) * table.Count) + (table.Shape[0] * DistinctBytes));
}
