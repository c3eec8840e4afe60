using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AutoDim.Serving;

/// <summary>
/// What was served, counted once and told twice: to the meter and activity source "AutoDim.Serving", which OpenTelemetry listens to where a
/// host sets it up, and as Prometheus text by /metrics.
/// </summary>
internal sealed class ServingMetrics : IDisposable
{
    public const string Name = "AutoDim.Serving";

    /// <summary>Upper ends of the latency histogram's buckets, in seconds.</summary>
    public static readonly double[] Buckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

    private readonly Meter meter = new(Name);
    private readonly Histogram<double> durations;
    private long rows, batches, batchRows, rejected, reloads, refusedReloads;

    public ServingMetrics()
    {
        durations = meter.CreateHistogram<double>("autodim.request.duration", "s", "time from a request's head to its answer", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });
        meter.CreateObservableCounter("autodim.rows", () => Rows, "rows", "rows scored");
        meter.CreateObservableCounter("autodim.rejected", () => Rejected, "requests", "requests answered 429 for a full queue");
        meter.CreateObservableCounter("autodim.batches", () => Batches, "batches", "batches scored");
        meter.CreateObservableCounter("autodim.unseen_values", () => Unseen.Select(field => new Measurement<long>(field.Value.Value, new KeyValuePair<string, object?>("field", field.Key))), "values", "values that training did not have");
        meter.CreateObservableGauge("autodim.queue.rows", () => QueuedRows(), "rows", "rows that wait");
    }

    /// <summary>Traces a request; null where nobody listens.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    public long Rows => Interlocked.Read(ref rows);

    public long Batches => Interlocked.Read(ref batches);

    public long BatchRows => Interlocked.Read(ref batchRows);

    public long Rejected => Interlocked.Read(ref rejected);

    public long Reloads => Interlocked.Read(ref reloads);

    public long RefusedReloads => Interlocked.Read(ref refusedReloads);

    /// <summary>By path and status.</summary>
    public ConcurrentDictionary<(string Path, int Status), Count> Requests { get; } = new();

    /// <summary>By path: a count for each bucket, then one for what took longer.</summary>
    public ConcurrentDictionary<string, Latencies> Durations { get; } = new();

    /// <summary>Values that went to the row of unseen ones, by field.</summary>
    public ConcurrentDictionary<string, Count> Unseen { get; } = new();

    /// <summary>Tells how many rows wait.</summary>
    public Func<int> QueuedRows { get; set; } = () => 0;

    public void CountRequest(string path, int status, TimeSpan duration)
    {
        Requests.GetOrAdd((path, status), static _ => new Count()).Add(1);
        Durations.GetOrAdd(path, static _ => new Latencies()).Add(duration.TotalSeconds);
        durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("path", path), new KeyValuePair<string, object?>("status", status));
    }

    public void CountRows(int count) => Interlocked.Add(ref rows, count);

    public void CountBatch(int size)
    {
        Interlocked.Increment(ref batches);
        Interlocked.Add(ref batchRows, size);
    }

    public void CountRejected() => Interlocked.Increment(ref rejected);

    public void CountReload(bool isRefused) => Interlocked.Increment(ref isRefused ? ref refusedReloads : ref reloads);

    public void CountUnseen(string field, int values)
    {
        if (values > 0) Unseen.GetOrAdd(field, static _ => new Count()).Add(values);
    }

    public void Dispose() => meter.Dispose();

    /// <summary>A number that threads add to.</summary>
    internal sealed class Count
    {
        private long value;

        public long Value => Interlocked.Read(ref value);

        public void Add(long more) => Interlocked.Add(ref value, more);
    }

    /// <summary>Requests of one path by how long they took.</summary>
    internal sealed class Latencies
    {
        private readonly long[] counts = new long[Buckets.Length + 1];
        private long microseconds;

        public double Seconds => Interlocked.Read(ref microseconds) / 1e6;

        public long this[int bucket] => Interlocked.Read(ref counts[bucket]);

        public void Add(double seconds)
        {
            var bucket = Array.BinarySearch(Buckets, seconds);
            Interlocked.Increment(ref counts[bucket < 0 ? ~bucket : bucket]);
            Interlocked.Add(ref microseconds, (long)(seconds * 1e6));
        }
    }
}
