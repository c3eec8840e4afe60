namespace AutoDim.Settings;

/// <summary>Marks a property that holds further options, and what their names begin with on the command line.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PrefixAttribute(string prefix) : Attribute
{
    public string Prefix { get; } = prefix;
}
