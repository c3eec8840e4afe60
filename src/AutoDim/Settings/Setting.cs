using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace AutoDim.Settings;

/// <summary>
/// One option of an options record, as declared there: name from the property, help from <see cref="DescriptionAttribute"/>,
/// limits from <see cref="RangeAttribute"/>. The command line, run.yaml and their checks read this one declaration.
/// </summary>
internal sealed partial class Setting
{
    private readonly IReadOnlyList<PropertyInfo> path;

    internal Setting(IReadOnlyList<PropertyInfo> path, string prefix)
    {
        this.path = path;
        Property = path[^1];
        Name = prefix + (Property.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName ?? Words().Replace(Property.Name, "-$0").ToLowerInvariant());
        Type = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;
        Range = Property.GetCustomAttribute<RangeAttribute>();
    }

    /// <summary>In words joined by hyphens: "update-every".</summary>
    public string Name { get; }

    /// <summary>With the models that read it, where others do not.</summary>
    public string Description => Property.GetCustomAttribute<DescriptionAttribute>()!.Description + (OfModels == null ? "" : $" ({OfModels.InWords})");

    /// <summary>The models that read it; null where it does not depend on the model.</summary>
    public IReadOnlyList<string>? Models => OfModels?.Names;

    public Type Type { get; }

    private PropertyInfo Property { get; }

    private ModelsAttribute? OfModels => Property.GetCustomAttribute<ModelsAttribute>();

    private RangeAttribute? Range { get; }

    /// <summary>What a value looks like, for help and errors.</summary>
    public string Expected
    {
        get
        {
            var range = Range == null ? "" : string.Create(CultureInfo.InvariantCulture, $" from {Range.Minimum} to {Range.Maximum}");
            return Type.IsEnum ? string.Join(", ", Enum.GetNames(Type).Select(SettingText.Hyphenated))
                : Type == typeof(bool) ? "true or false"
                : Type == typeof(string) ? "text"
                : Type == typeof(IReadOnlyList<string>) ? "names, separated by commas"
                : Type == typeof(IReadOnlyList<int>) ? $"whole numbers{range}, separated by commas"
                : Type == typeof(IReadOnlyList<double>) ? $"numbers{range}, separated by commas"
                : Type == typeof(double) ? $"a number{range}"
                : Type == typeof(ulong) ? "a whole number from 0"
                : $"a whole number{range}";
        }
    }

    /// <summary>The value in an options object, as text that <see cref="Set"/> takes; empty for none.</summary>
    public string Get(object options)
    {
        foreach (var step in path.SkipLast(1)) options = step.GetValue(options)!;
        return SettingText.Write(Property.GetValue(options));
    }

    /// <summary>Sets the value in an options object that nobody else holds yet.</summary>
    /// <param name="origin">How errors call it: "--epochs", or a file's key.</param>
    /// <exception cref="AutoDimException">The text is not such a value, or out of range.</exception>
    public void Set(object options, string text, string origin)
    {
        if (!SettingText.TryRead(text, Type, out var value) || !IsValueWithinRange(value)) throw new AutoDimException($"{origin} is '{text}', expected {Expected}");
        foreach (var step in path.SkipLast(1)) options = step.GetValue(options)!;
        Property.SetValue(options, value);
    }

    /// <summary>Whether an options object has a value here that <see cref="Set"/> would take, or none.</summary>
    public bool IsWithinRange(object options)
    {
        foreach (var step in path.SkipLast(1)) options = step.GetValue(options)!;
        var value = Property.GetValue(options);
        return value switch
        {
            null => !IsNeeded,
            Enum item => Enum.IsDefined(Type, item),
            double number when !double.IsFinite(number) => false,
            IReadOnlyList<string> list => !list.Contains(null!),
            _ => Range == null || IsValueWithinRange(value),
        };
    }

    /// <summary>Whether there must be a value: it is declared as one that cannot be null.</summary>
    private bool IsNeeded => new NullabilityInfoContext().Create(Property).WriteState == NullabilityState.NotNull;

    private bool IsValueWithinRange(object value) => Range == null || value switch
    {
        IReadOnlyList<int> list => list.Count > 0 && list.All(item => Range.IsValid(item)),
        IReadOnlyList<double> list => list.Count > 0 && list.All(item => Range.IsValid(item)),
        _ => Range.IsValid(value),
    };

    [GeneratedRegex("(?<=[a-z0-9])[A-Z]")]
    private static partial Regex Words();
}
