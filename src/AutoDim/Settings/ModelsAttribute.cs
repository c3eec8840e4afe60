namespace AutoDim.Settings;

/// <summary>Names the models that read a setting, where others do not; help says so.</summary>
/// <param name="names">As the catalogue has them, with ", " between.</param>
/// <param name="inWords">How help calls them; null: by their names.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ModelsAttribute(string names, string? inWords = null) : Attribute
{
    public IReadOnlyList<string> Names { get; } = names.Split(", ");

    public string InWords { get; } = inWords ?? names;
}
