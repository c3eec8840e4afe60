using AutoDim.Settings;

namespace AutoDim.Runs;

/// <summary>What a folder of <c>autodim run</c> tells: what was asked and what came out.</summary>
/// <param name="Folder">Its path.</param>
/// <param name="Settings">run.yaml.</param>
/// <param name="Result">result.json; null where the run is not through, or is of a command that has another result.</param>
/// <param name="Changed">When the folder's record or result was last written.</param>
internal sealed record FinishedRun(string Folder, IReadOnlyDictionary<string, string> Settings, RunResult? Result, DateTime Changed)
{
    private const string ResultName = "result.json";

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Folder));

    public string Command => Settings.GetValueOrDefault("command", "run");

    /// <summary>Whether it has a result.</summary>
    public bool IsThrough => File.Exists(Path.Combine(Folder, ResultName));

    /// <summary>Null where the folder is no run's.</summary>
    /// <exception cref="AutoDimException">Its files cannot be read.</exception>
    public static FinishedRun? Find(string folder)
    {
        var (record, result) = (Path.Combine(folder, RunRecord.Name), Path.Combine(folder, ResultName));
        if (!File.Exists(record)) return null;
        var last = File.Exists(result) ? result : record;
        return new FinishedRun(folder, SettingsFile.Load(record), File.Exists(result) ? RunResult.Load(result) : null, File.GetLastWriteTime(last));
    }

    /// <exception cref="AutoDimException">The folder holds no finished run of <c>autodim run</c>.</exception>
    public static FinishedRun Open(string folder) => Find(folder) is { Result: not null } run ? run
        : throw new AutoDimException($"'{folder}' holds no finished run of autodim run or demo: no {RunRecord.Name}, or no {ResultName} of one");

    /// <summary>Runs within a folder, the latest first.</summary>
    public static FinishedRun[] Within(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetDirectories(folder).Select(Find).OfType<FinishedRun>().OrderByDescending(run => run.Changed)]
        : throw new AutoDimException($"there is no folder '{folder}'; name the one that holds your runs");

    /// <summary>Settings that are not the same in all of the runs, with each run's value.</summary>
    public static IReadOnlyList<(string Setting, IReadOnlyList<string> Values)> Differences(IReadOnlyList<FinishedRun> runs)
        => [.. runs.SelectMany(run => run.Settings.Keys).Distinct().Select(key => (key, (IReadOnlyList<string>)[.. runs.Select(run => run.Settings.GetValueOrDefault(key, ""))])).Where(pair => pair.Item2.Distinct().Count() > 1)];
}
