using AutoDim.Numerics;

namespace AutoDim.Cli.Benchmarks;

/// <summary>How a training step grows: table rows, fields, batch and threads, one at a time.</summary>
internal static class ScalingSheet
{
    private const int SmallFields = 13, LargeFields = 26;
    private static readonly int[] Hidden = [400, 400, 400];
    private static readonly int[] Candidates = [2, 4, 8, 16];

    /// <param name="mostRows">Largest table: 10^8 rows of 16 numbers take 6.4 GB, with Adam's moments three times that.</param>
    public static Sheet Measure(Workload plain, WorkerPool pool, double seconds, long mostRows, Action<string> say)
    {
        var sheet = new Sheet("bench-scaling", ("varied", null), ("value", "N0"), ("samples/s", "N0"), ("ms a step", "F2"), ("slope a decade", "F2"));
        Vary(sheet, "table rows", [100_000, 1_000_000, 10_000_000, 100_000_000], rows => rows <= mostRows, say, rows => Speed(Tables(rows), pool, seconds));
        Vary(sheet, "fields of 10,000 rows", [10, 25, 50, 100, 200], _ => true, say, fields => Speed(plain with { Cardinalities = [.. Enumerable.Repeat(10_000, (int)fields)] }, pool, seconds));
        Vary(sheet, "batch", [256, 1024, 4096, 16_384, 65_536], _ => true, say, batch => Speed(plain with { Batch = (int)batch }, pool, seconds));
        Vary(sheet, "threads", [1, 2, 4, 8, 16], threads => threads <= Environment.ProcessorCount, say, threads =>
        {
            using var own = new WorkerPool((int)threads);
            return Speed(plain, own, seconds);
        });
        return sheet;
    }

    /// <summary>39 fields, 26 of which share so many rows evenly.</summary>
    private static Workload Tables(long rows)
        => new([.. Enumerable.Repeat(64, SmallFields), .. Enumerable.Repeat((int)(rows / LargeFields), LargeFields)], 16, Hidden, 4096, Candidates);

    private static void Vary(Sheet sheet, string what, long[] values, Func<long, bool> possible, Action<string> say, Func<long, (double Speed, int Batch)> measure)
    {
        (long Value, double Time)? before = null;
        foreach (var value in values.Where(possible))
        {
            var (speed, batch) = measure(value);
            var time = 1 / speed;
            double? slope = before is { } last ? Math.Log10(time / last.Time) / Math.Log10((double)value / last.Value) : null;
            sheet.Add(what, value, speed, 1000 * batch * time, slope);
            say($"{what} {value:N0}: {speed:N0} samples/s");
            before = (value, time);
        }
    }

    private static (double Speed, int Batch) Speed(Workload workload, WorkerPool pool, double seconds)
    {
        using var benchmark = new EngineBenchmark(workload, Job.DeepFMSparse, pool);
        return (benchmark.Run(seconds).SamplesPerSecond, workload.Batch);
    }
}
