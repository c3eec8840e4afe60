using AutoDim.Data;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs.Scaling;

/// <summary>
/// Chooses which tables every rank has whole, where the user does not say. Those above <see cref="Ranks.DefaultReplicatedBytes"/> are spread for their
/// memory. A smaller one of U distinct rows of D numbers sends (N − 1)·U·(8 + 4·D) bytes whole and (N − 1)/N·U·(16 + 8·D) spread, N/2 times less whatever U and
/// D are; but the first that is spread costs three exchanges more, and all others share them. So all are spread, or none of the smaller ones: what
/// takes less time by <see cref="NetworkSpeed.Default"/>.
/// </summary>
internal static class TablePlanner
{
    /// <summary>Bytes of rows up to which every rank has a table whole.</summary>
    /// <param name="placements">Where tables lie by such a limit.</param>
    public static long ReplicatedBytes(Func<long, IReadOnlyList<TablePlacement>> placements, DistinctValues distinct, int ranks, int batchSize)
    {
        if (ranks == 1) return Ranks.DefaultReplicatedBytes;
        return Seconds(0) < Seconds(Ranks.DefaultReplicatedBytes) ? 0 : Ranks.DefaultReplicatedBytes;

        double Seconds(long limit)
        {
            var counts = new StepCounts(placements(limit), distinct);
            return NetworkSpeed.Default.Exchanges(ranks, counts.Exchanges, counts.SentBytes(ranks, batchSize));
        }
    }

    /// <summary>Chooses for a command's ranks before its first model is made; what the user chose stays.</summary>
    /// <param name="dims">Of each field.</param>
    public static void Choose(WorkerPool pool, ClickData data, ModelCatalog.Entry entry, ModelOptions modelOptions, TrainingOptions training, IReadOnlyList<int> dims, RunObserver observer)
    {
        var ranks = pool.Ranks;
        if (!ranks.AreSeveral || ranks.ReplicatedBytes != null) return;
        IReadOnlyList<TablePlacement> Placements(long limit) => TablePlacement.Of(data.Fields, dims, entry.LinearRow(modelOptions), training, ranks.Count, limit);
        var chosen = ReplicatedBytes(Placements, DistinctValues.Of(data), ranks.Count, training.BatchSize);
        ranks.ReplicatedBytes = chosen;
        var tables = Placements(chosen);
        observer.Note($"{tables.Count(table => table.IsShared)} of {tables.Count} tables are spread over {ranks.Count} ranks, the others are whole on each (--replicate chooses otherwise)");
    }
}
