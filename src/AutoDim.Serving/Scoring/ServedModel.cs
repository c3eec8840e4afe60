using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Text.Json;
using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Models;

namespace AutoDim.Serving.Scoring;

/// <summary>One version of a model with its queue and workers. Requests hold it while they need it; whoever lets go last disposes it.</summary>
internal sealed class ServedModel
{
    private readonly ScoringWorker[] workers;
    private readonly ConcurrentBag<EncodedRows> spare = [];
    private int holders = 1;

    private ServedModel(string folder, ModelManifest manifest, ServingOptions options, ServingMetrics metrics)
    {
        Folder = folder;
        Manifest = manifest;
        Version = VersionOf(manifest);
        Queue = new ScoringQueue(options.MaxQueue, options.MaxBatch, TimeSpan.FromMilliseconds(options.MaxDelayMs));
        workers = new ScoringWorker[options.WorkerCount];
        try
        {
            for (var i = 0; i < workers.Length; i++) workers[i] = new ScoringWorker(folder, manifest, Queue, options.MaxBatch, metrics);
            Encoder = RowEncoder.Load(folder, manifest, Model.Fields);
            foreach (var worker in workers) worker.Start();
        }
        catch
        {
            DisposeWorkers();
            throw;
        }
    }

    public string Folder { get; }

    public ModelManifest Manifest { get; }

    /// <summary>16 hexadecimal digits that stand for everything in the manifest, and so for every file's content.</summary>
    public string Version { get; }

    public DateTimeOffset Loaded { get; } = DateTimeOffset.UtcNow;

    public RowEncoder Encoder { get; }

    public ScoringQueue Queue { get; }

    public CtrModel Model => workers[0].Model.Model;

    /// <summary>Whether every file's checksum was compared.</summary>
    public bool IsVerified { get; set; }

    /// <summary>Opens the version that a folder holds now.</summary>
    /// <param name="verifies">Whether all of it is read and compared with its checksums.</param>
    /// <exception cref="AutoDimException">It is damaged, or no model.</exception>
    public static ServedModel Open(string folder, ServingOptions options, ServingMetrics metrics, bool verifies)
    {
        var manifest = ModelManifest.Load(folder);
        if (verifies) TrainedModel.Verify(folder, manifest);
        return new ServedModel(folder, manifest, options, metrics) { IsVerified = verifies };
    }

    public static string VersionOf(ModelManifest manifest) => XxHash3.HashToUInt64(JsonSerializer.SerializeToUtf8Bytes(manifest, ModelJson.Default.ModelManifest)).ToString("x16");

    /// <summary>Bytes of a field: its tables in every part of the model, its map, its vocabulary.</summary>
    public long BytesOf(int field)
    {
        var name = Model.Fields[field].Name;
        return Model.Tables.Where(table => table.Field == field).Sum(table => table.Bytes)
            + Model.Parameters.Where(parameter => parameter.Name.StartsWith($"map.{name}.", StringComparison.Ordinal)).Sum(parameter => (long)parameter.Values.Length * sizeof(float))
            + Model.Fields[field].VocabularyBytes;
    }

    /// <summary>Rows to fill; give them back when they have been scored.</summary>
    public EncodedRows Rent() => spare.TryTake(out var rows) ? rows : new EncodedRows(Encoder.Columns);

    public void Return(EncodedRows rows)
    {
        rows.Clear();
        spare.Add(rows);
    }

    /// <summary>False where it is gone already.</summary>
    public bool TryHold()
    {
        for (var seen = Volatile.Read(ref holders); seen > 0;)
        {
            var found = Interlocked.CompareExchange(ref holders, seen + 1, seen);
            if (found == seen) return true;
            seen = found;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref holders) == 0) DisposeWorkers();
    }

    private void DisposeWorkers()
    {
        foreach (var worker in workers) worker?.Dispose();
        Queue.Dispose();
    }
}
