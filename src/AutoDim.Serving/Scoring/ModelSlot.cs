using System.IO.Hashing;
using AutoDim.Export;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoDim.Serving.Scoring;

/// <summary>
/// The version that answers, and the one before it. A new version is loaded beside the old one, compared with its checksums, and put in its
/// place by one write; requests under way end on the version they began with. One that is damaged is refused and the old goes on.
/// </summary>
internal sealed partial class ModelSlot : BackgroundService
{
    private readonly string folder;
    private readonly ServingOptions options;
    private readonly ServingMetrics metrics;
    private readonly ILogger<ModelSlot> log;
    private readonly Lock changing = new();
    private ServedModel? current, previous;
    private ulong seen;

    /// <param name="folder">Model folder, or the run folder that holds it.</param>
    public ModelSlot(string folder, ServingOptions options, ServingMetrics metrics, ILogger<ModelSlot> log)
    {
        options.Check();
        (this.folder, this.options, this.metrics, this.log) = (TrainedModel.Find(folder), options, metrics, log);
        metrics.QueuedRows = () => Volatile.Read(ref current)?.Queue.Waiting ?? 0;
    }

    /// <summary>Why the last new version was refused or the first one withdrawn; null where all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>The version to go back to; null for none.</summary>
    public string? Previous => Volatile.Read(ref previous)?.Version;

    /// <summary>The version that answers, held for the caller, who releases it; null where none can.</summary>
    public ServedModel? Hold()
    {
        while (Volatile.Read(ref current) is { } model)
        {
            if (model.TryHold()) return model;
        }

        return null;
    }

    /// <summary>Loads what the folder holds now, unless it is what answers already; null, or why it was refused.</summary>
    public string? Reload()
    {
        lock (changing)
        {
            ServedModel model;
            try
            {
                seen = ManifestHash();
                model = ServedModel.Open(folder, options, metrics, verifies: true);
            }
            catch (Exception exception)
            {
                // Whatever is wrong with a new version, the old one goes on.
                metrics.CountReload(isRefused: true);
                LogRefused(log, exception.Message);
                return Problem = exception.Message;
            }

            metrics.CountReload(isRefused: false);
            Problem = null;
            if (model.Version == current?.Version)
            {
                current.IsVerified = true;
                model.Release();
                return null;
            }

            Replace(model);
            LogServed(log, model.Manifest.Model, model.Version, folder);
            return null;
        }
    }

    /// <summary>Goes back to the version before; null, or why it cannot. Once more goes forward again.</summary>
    public string? Rollback()
    {
        lock (changing)
        {
            if (previous == null) return "there is no former version: this one is the first since the start";
            (current, previous) = (previous, current);
            Problem = null;
            LogServed(log, current.Manifest.Model, current.Version, folder);
            return null;
        }
    }

    /// <summary>Opens the model before anything is listened to.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        seen = ManifestHash();
        current = ServedModel.Open(folder, options, metrics, options.VerifyFirst);
        LogServed(log, current.Manifest.Model, current.Version, folder);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        lock (changing)
        {
            Interlocked.Exchange(ref current, null)?.Release();
            Interlocked.Exchange(ref previous, null)?.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Run(VerifyFirst, stoppingToken).ConfigureAwait(false);
            if (options.PollMs == 0) return;
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.PollMs));
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false)) LookForNewVersion();
        }
        catch (OperationCanceledException)
        {
            // The application ends.
        }
    }

    /// <summary>Reads the version that answers already and withdraws it where it turns out damaged.</summary>
    private void VerifyFirst()
    {
        var model = Hold();
        if (model == null) return;
        try
        {
            if (!model.IsVerified) TrainedModel.Verify(model.Folder, model.Manifest);
            model.IsVerified = true;
        }
        catch (AutoDimException exception)
        {
            lock (changing)
            {
                if (current != model || seen != ManifestHash()) return; // another version is there, and tells of itself
                Problem = exception.Message;
                current = null;
            }

            LogWithdrawn(log, exception.Message);
            model.Release();
        }
        finally
        {
            model.Release();
        }
    }

    private void LookForNewVersion()
    {
        lock (changing)
        {
            if (ManifestHash() is var hash && (hash == 0 || hash == seen)) return;
        }

        Reload();
    }

    private void Replace(ServedModel model)
    {
        var former = current;
        Volatile.Write(ref current, model);
        if (former == null) return;
        previous?.Release();
        previous = former;
    }

    /// <summary>0 where the manifest cannot be read now; a later look will tell.</summary>
    private ulong ManifestHash()
    {
        try
        {
            return XxHash3.HashToUInt64(File.ReadAllBytes(Path.Combine(folder, ModelManifest.Name)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "serving {Model} {Version} from {Folder}")]
    private static partial void LogServed(ILogger log, string model, string version, string folder);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "the new version is refused, the old one goes on: {Problem}")]
    private static partial void LogRefused(ILogger log, string problem);

    [LoggerMessage(EventId = 3, Level = LogLevel.Critical, Message = "the model is withdrawn, and requests are answered 503 until a good version comes: {Problem}")]
    private static partial void LogWithdrawn(ILogger log, string problem);
}
