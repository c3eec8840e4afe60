using System.Globalization;
using AutoDim.Numerics;
using AutoDim.Settings;

namespace AutoDim.Runs;

/// <summary>A setting of a training and the values that a sweep draws for it.</summary>
internal sealed class VariedSetting
{
    /// <summary>A range of numbers above 0 that spans this factor is drawn by factors: each decade alike.</summary>
    private const double FactorOfDecade = 10;

    private readonly Setting setting;
    private readonly Func<double, string> valueAt;

    private VariedSetting(Setting setting, IReadOnlyList<string> extremes, Func<double, string> valueAt) => (this.setting, Extremes, this.valueAt) = (setting, extremes, valueAt);

    public string Name => setting.Name;

    /// <summary>The ends of its range, or all its choices.</summary>
    public IReadOnlyList<string> Extremes { get; }

    /// <summary>Reads a text such as <c>table-l2=1e-6..0.1 hidden=64,64|400,400</c>.</summary>
    /// <exception cref="AutoDimException">It names no setting of a training, one twice, or values that the setting does not take.</exception>
    public static VariedSetting[] Parse(string text)
    {
        VariedSetting[] varied = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(ParseOne)];
        if (varied.Length == 0) throw new AutoDimException("--vary is empty; name settings and where they vary, such as table-l2=1e-6..0.1");
        foreach (var twice in varied.GroupBy(item => item.Name).Where(group => group.Count() > 1)) throw new AutoDimException($"--vary names '{twice.Key}' {twice.Count()} times; once is enough");
        return varied;
    }

    /// <summary>A value drawn at random: the same for the same stream.</summary>
    public string Draw(CounterRandom random) => valueAt(random.Fork(Autograd.Parameter.StableHash(Name)).Uniform(0));

    /// <summary>Sets a drawn value in options that nobody else holds.</summary>
    public void Set(TrainJobOptions options, string value) => setting.Set(options, value, $"--vary {Name}");

    private static VariedSetting ParseOne(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? text : text[..equals];
        var settings = SettingList.Of(typeof(TrainJobOptions));
        var setting = settings.FirstOrDefault(setting => setting.Name == name)
            ?? throw new AutoDimException($"--vary names '{name}', which is no setting of a training{NearestWord.Suggestion(name, settings.Select(setting => setting.Name))}; it knows {string.Join(", ", settings.Select(setting => setting.Name))}");
        var values = equals < 0 ? "" : text[(equals + 1)..];
        if (values.Length == 0) throw new AutoDimException($"--vary says nothing of '{name}'; write {name}=low..high or {name}=this|that");
        if (values.Split("..") is [var low, var high]) return Range(setting, low, high);
        var choices = values.Split('|');
        foreach (var choice in choices) setting.Set(new TrainJobOptions(), choice, $"--vary {name}");
        return new VariedSetting(setting, choices, uniform => choices[(int)(uniform * choices.Length)]);
    }

    private static VariedSetting Range(Setting setting, string lowText, string highText)
    {
        var isWhole = setting.Type == typeof(int);
        if (!isWhole && setting.Type != typeof(double)) throw new AutoDimException($"--vary gives '{setting.Name}' a range, but it is no number; write {setting.Name}=this|that");
        foreach (var end in (string[])[lowText, highText]) setting.Set(new TrainJobOptions(), end, $"--vary {setting.Name}");
        var (low, high) = (double.Parse(lowText, CultureInfo.InvariantCulture), double.Parse(highText, CultureInfo.InvariantCulture));
        if (low >= high) throw new AutoDimException($"--vary has the range {lowText}..{highText} for '{setting.Name}'; the first must be below the second");
        var byFactors = low > 0 && high / low >= FactorOfDecade;
        return new VariedSetting(setting, [lowText, highText], uniform =>
        {
            var (from, to) = (isWhole ? low - 0.5 : low, isWhole ? high + 0.5 : high); // every whole number alike
            var value = byFactors ? from * Math.Pow(to / from, uniform) : from + ((to - from) * uniform);
            return isWhole ? Math.Clamp(Math.Round(value), low, high).ToString("F0", CultureInfo.InvariantCulture) : value.ToString("G3", CultureInfo.InvariantCulture);
        });
    }
}
