using System.Diagnostics.CodeAnalysis;
using AutoDim.Data;
using AutoDim.Numerics;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Native;

/// <summary>What a job works with: prepared data, a folder of its own, threads, and the settings given.</summary>
internal sealed class Job : IDisposable
{
    private const string ThreadsName = "threads";
    private const int MostThreads = 1024;

    private readonly Dictionary<string, string> given;

    public Job(string data, string folder, string? options, ProgressEvents events)
    {
        given = JobOptions.Texts(options);
        var threads = given.Remove(ThreadsName, out var text) ? int.TryParse(text, out var number) ? number : -1 : 0;
        if (threads is < 0 or > MostThreads) throw new AutoDimException($"options: {ThreadsName} is '{text}', expected 0 to {MostThreads}");
        events.Cancellation.ThrowIfCancellationRequested();
        Data = ClickData.Open(data);
        try
        {
            Folder = new RunFolder(folder, isLocked: true);
            Pool = threads == 0 ? WorkerPool.ForMachine() : new WorkerPool(threads);
        }
        catch
        {
            Folder?.Dispose();
            Data.Dispose();
            throw;
        }
    }

    public ClickData Data { get; }

    public RunFolder Folder { get; }

    public WorkerPool Pool { get; }

    /// <summary>The settings given, over the defaults.</summary>
    /// <param name="unread">Names of settings that the job has no use for.</param>
    public TOptions Options<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(params string[] unread)
        where TOptions : class, new()
    {
        var built = new TOptions();
        SettingList.Apply([.. SettingList.Of(typeof(TOptions)).Where(setting => !unread.Contains(setting.Name))], built, given, JobOptions.Origin);
        return built;
    }

    public bool IsGiven(string name) => given.ContainsKey(name);

    public void Dispose()
    {
        Pool.Dispose();
        Folder.Dispose();
        Data.Dispose();
    }
}
