using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace AutoDim.Settings;

/// <summary>All settings that an options record declares, those of the records within it included.</summary>
internal static class SettingList
{
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Options records are named in code, so their properties are kept.")]
    public static IReadOnlyList<Setting> Of([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options)
    {
        List<Setting> settings = [];
        Collect(options, [], "");
        return settings;

        void Collect(Type type, IReadOnlyList<PropertyInfo> path, string prefix)
        {
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.GetCustomAttribute<PrefixAttribute>() is { } nested) Collect(property.PropertyType, [.. path, property], prefix + nested.Prefix);
                else if (property.GetCustomAttribute<DescriptionAttribute>() != null) settings.Add(new Setting([.. path, property], prefix));
            }
        }
    }
}
