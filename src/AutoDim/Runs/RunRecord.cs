using System.Diagnostics.CodeAnalysis;
using AutoDim.Data;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// run.yaml: everything a run was asked to do, with the data's fingerprint, so that it can be repeated, and so that a folder is
/// never gone on with under other settings. <c>autodim run run.yaml</c> takes it back.
/// </summary>
internal static class RunRecord
{
    public const string Name = "run.yaml";
    public const string DataKey = "data";

    private const string FingerprintKey = "data-fingerprint";
    private const string VersionKey = "version";

    /// <summary>Settings that add to what a folder holds and change nothing that stands.</summary>
    private static readonly string[] MayChange = [DataKey, VersionKey, "seeds", "baselines", "models", "methods", "budgets", "storages", "distillation", "tensorboard"];

    /// <summary>Keys of the file that are no settings.</summary>
    public static IReadOnlyList<string> OwnKeys => [DataKey, FingerprintKey, VersionKey, "command"];

    /// <summary>Writes the record, or compares with the one that is there. A setting that it lacks is newer than it, and had the effect of its default.</summary>
    /// <exception cref="AutoDimException">The folder holds a run of other data or settings.</exception>
    public static void Keep<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(RunFolder folder, string command, ClickData data, TOptions options)
        where TOptions : class, new()
    {
        var record = new Dictionary<string, string>
        {
            ["command"] = command,
            [DataKey] = data.Folder ?? data.Name,
            [FingerprintKey] = data.Fingerprint,
            [VersionKey] = typeof(RunRecord).Assembly.GetName().Version!.ToString(3),
        };
        var (settings, defaults) = (SettingList.Of(typeof(TOptions)), new TOptions());
        foreach (var setting in settings) record[setting.Name] = setting.Get(options);
        var path = folder.File(Name);
        if (File.Exists(path))
        {
            var before = settings.ToDictionary(setting => setting.Name, setting => setting.Get(defaults));
            foreach (var (key, value) in SettingsFile.Load(path)) before[key] = value;
            Compare(path, before, record);
        }

        AtomicFile.WriteText(path, SettingsFile.Write(record));
    }

    private static void Compare(string path, IReadOnlyDictionary<string, string> before, Dictionary<string, string> now)
    {
        var differing = now.Where(pair => !MayChange.Contains(pair.Key) && before.GetValueOrDefault(pair.Key, "") != pair.Value)
            .Select(pair => $"{pair.Key} was '{before.GetValueOrDefault(pair.Key, "")}', now '{pair.Value}'").ToArray();
        if (differing.Length > 0) throw new AutoDimException($"'{path}' is of another run: {string.Join("; ", differing)}; choose another --out, or the same settings to go on with it");
    }
}
