using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace AutoDim.Settings;

/// <summary>All settings that an options record declares, those of the records within it included.</summary>
internal static class SettingList
{
    public static IReadOnlyList<Setting> Of([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options)
    {
        List<Setting> settings = [];
        Collect(options, [], "", settings);
        return settings;
    }

    /// <summary>Sets what is given by name in an options object that nobody else holds yet.</summary>
    /// <param name="origin">What errors call the place that the values are from.</param>
    /// <exception cref="AutoDimException">A name is no setting's, or a value is not one that the setting takes.</exception>
    public static void Apply(IReadOnlyList<Setting> settings, object options, IEnumerable<KeyValuePair<string, string>> values, string origin)
    {
        foreach (var (name, text) in values)
        {
            var setting = settings.FirstOrDefault(setting => setting.Name == name)
                ?? throw new AutoDimException($"{origin}: there is no setting '{name}'{NearestWord.Suggestion(name, settings.Select(setting => setting.Name))}; it knows {string.Join(", ", settings.Select(setting => setting.Name))}");
            setting.Set(options, text, $"{origin}: {name}");
        }
    }

    /// <summary>The first setting of an options object that has a value it cannot have, such as of a file that is not to be trusted; null for none.</summary>
    /// <param name="origin">What the problem calls the object.</param>
    public static string? Problem<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(TOptions options, string origin)
        where TOptions : notnull
        => Of(typeof(TOptions)).FirstOrDefault(setting => !setting.IsWithinRange(options)) is { } setting ? $"{origin}: {setting.Name} is '{setting.Get(options)}', expected {setting.Expected}" : null;

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "Options within options are of this library or of its user, whose assemblies a native program keeps whole.")]
    private static void Collect([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type, IReadOnlyList<PropertyInfo> path, string prefix, List<Setting> settings)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<PrefixAttribute>() is { } nested) Collect(property.PropertyType, [.. path, property], prefix + nested.Prefix, settings);
            else if (property.GetCustomAttribute<DescriptionAttribute>() != null) settings.Add(new Setting([.. path, property], prefix));
        }
    }
}
