using AutoDim.Numerics;

namespace AutoDim.Cli.Benchmarks;

/// <summary>All jobs of the chosen workloads, ours and the peer's in turns so that both see the same machine.</summary>
internal sealed class BenchRun(WorkerPool pool, MachinePeaks peaks, Peer? peer, double seconds)
{
    private const int Rounds = 3;

    /// <summary>Each result as it comes.</summary>
    public IEnumerable<BenchResult> Run(IReadOnlyDictionary<string, Workload> workloads, IReadOnlyList<Job> jobs)
    {
        foreach (var (name, workload) in workloads)
        {
            double? plain = null;
            foreach (var job in jobs)
            {
                var result = Run(name, workload, job, plain);
                if (job == Job.DeepFMSparse) plain = result.StepMilliseconds;
                yield return result;
            }
        }
    }

    private BenchResult Run(string name, Workload workload, Job job, double? plain)
    {
        using var benchmark = new EngineBenchmark(workload, job, pool);
        List<double> ours = [], theirs = [], cpu = [];
        var allocated = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var timing = benchmark.Run(seconds / Rounds);
            ours.Add(timing.SamplesPerSecond);
            cpu.Add(timing.CpuMilliseconds);
            allocated = Math.Min(allocated, timing.AllocatedPerStep); // the runtime itself allocates while it still compiles
            if (job != Job.AutoDimTenth && peer?.SamplesPerSecond(name, job, pool.ThreadCount, seconds / Rounds) is { } rate) theirs.Add(rate);
        }

        var speed = Median(ours);
        double? peerSpeed = theirs.Count > 0 ? Median(theirs) : null;
        var step = 1000 * workload.Batch / speed;
        var share = 2e-9 * job.DenseProducts * workload.DenseMultiplications * speed / peaks.GemmGflops;
        return new BenchResult(
            name, job.Name, Math.Round(speed), peerSpeed, peerSpeed is { } their ? Math.Round(speed / their, 2) : null, Math.Round(share, 3),
            Math.Round(peaks.GemmGflops, 1), Math.Round(step, 2), Math.Round(Median(cpu), 2), allocated, job.UpdateEvery != null && plain is { } ms ? Math.Round(step / ms, 2) : null,
            peerSpeed != null ? Math.Round(peer!.GemmGflops, 1) : null);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
