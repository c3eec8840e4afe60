using System.Runtime.InteropServices;
using System.Text.Json;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Runs;

namespace AutoDim.Native;

/// <summary>The functions that include/autodim.h declares and describes; a test keeps the two in step.</summary>
internal static unsafe class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "autodim_version")]
    public static byte* Version() => Call.Version;

    [UnmanagedCallersOnly(EntryPoint = "autodim_last_error")]
    public static byte* LastError() => Call.Error;

    [UnmanagedCallersOnly(EntryPoint = "autodim_load")]
    public static int Load(byte* folder, int threads, nint* model) => Call.Run(() =>
    {
        *model = 0;
        if (threads < 1) throw new AutoDimException($"threads is {threads}, expected 1 or more");
        *model = GCHandle.ToIntPtr(GCHandle.Alloc(Predictor.Load(Call.Text(folder, "folder"), threads)));
    });

    [UnmanagedCallersOnly(EntryPoint = "autodim_describe")]
    public static int Describe(nint model, byte** result) => Call.Run(result, () => JsonSerializer.Serialize(Call.Model(model).Manifest, ModelJson.Default.ModelManifest));

    [UnmanagedCallersOnly(EntryPoint = "autodim_predict")]
    public static int Predict(nint model, RawColumnPointers* columns, nuint columnCount, nuint rowCount, float* probabilities) => Call.Run(() =>
    {
        var (predictor, raw) = (Call.Model(model), PointedColumn.Of(columns, columnCount, rowCount));
        lock (predictor) predictor.Predict(raw, new Span<float>(probabilities, (int)rowCount));
    });

    [UnmanagedCallersOnly(EntryPoint = "autodim_free")]
    public static void Free(nint model)
    {
        if (model == 0) return;
        Call.Model(model).Dispose();
        GCHandle.FromIntPtr(model).Free();
    }

    [UnmanagedCallersOnly(EntryPoint = "autodim_prepare")]
    public static int Prepare(byte* folder, byte* options, RawColumnPointers* columns, nuint columnCount, nuint rowCount, delegate* unmanaged<byte*, void*, int> progress, void* context, byte** result) => Call.Run(result, () =>
    {
        using var events = new ProgressEvents(progress, context);
        var given = JobOptions.Prepare(Call.OptionalText(options), PointedColumn.Of(columns, columnCount, rowCount)) with { Out = Call.Text(folder, "out") };
        return JsonSerializer.Serialize(Preparation.Run(given, events.Prepared, events.Cancellation), DataJson.Default.DataManifest);
    });

    [UnmanagedCallersOnly(EntryPoint = "autodim_search")]
    public static int Search(byte* data, byte* folder, byte* options, delegate* unmanaged<byte*, void*, int> progress, void* context, byte** result) => Call.Run(result, () =>
    {
        using var events = new ProgressEvents(progress, context);
        using var job = new Job(Call.Text(data, "data"), Call.Text(folder, "out"), Call.OptionalText(options), events);
        var search = new SearchJob(job.Data, job.Options<SearchJobOptions>(SearchJob.Unread), job.Folder, job.Pool, events);
        search.Execute(events.Cancellation);
        return File.ReadAllText(search.PlanPath);
    });

    [UnmanagedCallersOnly(EntryPoint = "autodim_train")]
    public static int Train(byte* data, byte* folder, byte* options, delegate* unmanaged<byte*, void*, int> progress, void* context, byte** result) => Call.Run(result, () =>
    {
        using var events = new ProgressEvents(progress, context);
        using var job = new Job(Call.Text(data, "data"), Call.Text(folder, "out"), Call.OptionalText(options), events);
        var trained = new TrainJob(job.Data, job.Options<TrainJobOptions>().AsGiven(job.IsGiven), job.Folder, job.Pool, events).Execute(events.Cancellation);
        return JsonSerializer.Serialize(trained, RunJson.Default.TrainJobResult);
    });

    [UnmanagedCallersOnly(EntryPoint = "autodim_run")]
    public static int Run(byte* data, byte* folder, byte* options, delegate* unmanaged<byte*, void*, int> progress, void* context, byte** result) => Call.Run(result, () =>
    {
        using var events = new ProgressEvents(progress, context);
        using var job = new Job(Call.Text(data, "data"), Call.Text(folder, "out"), Call.OptionalText(options), events);
        var run = new Run(job.Data, job.Options<RunOptions>().AsGiven(job.IsGiven), job.Folder, job.Pool, events).Execute(job.Data.PrepareSeconds, events.Cancellation);
        return JsonSerializer.Serialize(run, RunJson.Default.RunResult);
    });
}
