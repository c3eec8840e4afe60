using System.Globalization;
using System.Text;
using AutoDim.Settings;

namespace AutoDim.Data.Preparation;

/// <summary>A schema as YAML for people: one line a field, nothing that is so by default.</summary>
internal static class SchemaWriter
{
    public static string Write(Schema schema)
    {
        var yaml = new StringBuilder();
        var defaults = new Schema();
        void Line(string key, string? value)
        {
            if (value != null) yaml.Append(key).Append(": ").Append(value).Append('\n');
        }

        Line("format", Text(schema.Format));
        Line("delimiter", Text(schema.Delimiter));
        Line("header", Flag(schema.Header, defaults.Header));
        Line("quotes", Flag(schema.Quotes, defaults.Quotes));
        Line("columns", List(schema.Columns));
        Line("missing", List(schema.Missing));
        Line("minCount", Number(schema.MinCount, defaults.MinCount));
        Line("label", Map(("column", schema.Label.Column.Length == 0 ? null : Text(schema.Label.Column)), ("positive", Text(schema.Label.Positive)), ("negative", Text(schema.Label.Negative)), ("atLeast", Number(schema.Label.AtLeast, null))));
        if (schema.Fields.Count > 0) yaml.Append("fields:\n");
        foreach (var field in schema.Fields) yaml.Append("  - ").Append(Field(field)).Append('\n');
        if (schema.Sequences.Count > 0) yaml.Append("sequences:\n");
        foreach (var sequence in schema.Sequences) yaml.Append("  - ").Append(Sequence(sequence)).Append('\n');
        Line("ignore", List(schema.Ignore));
        Line("split", Split(schema.Split));
        return yaml.ToString();
    }

    private static string? Field(FieldSchema field)
    {
        var defaults = new FieldSchema();
        return Map(
            ("name", Text(field.Name)),
            ("column", Text(field.Column)),
            ("kind", field.Kind == defaults.Kind ? null : field.Kind.ToString().ToLowerInvariant()),
            ("buckets", field.Buckets?.Rule ?? (field.Buckets is { } given ? $"[{string.Join(", ", given.Boundaries.Select(boundary => boundary.ToString("R", CultureInfo.InvariantCulture)))}]" : null)),
            ("count", Number(field.Count, defaults.Count)),
            ("separator", field.Separator == defaults.Separator ? null : Text(field.Separator)),
            ("hash", Number(field.Hash, null)),
            ("minCount", Number(field.MinCount, null)));
    }

    private static string? Sequence(SequenceSchema sequence)
    {
        var defaults = new SequenceSchema();
        return Map(
            ("name", Text(sequence.Name)),
            ("of", Text(sequence.Of)),
            ("column", Text(sequence.Column)),
            ("separator", sequence.Separator == defaults.Separator ? null : Text(sequence.Separator)),
            ("by", Text(sequence.By)),
            ("time", Text(sequence.Time)),
            ("clicked", Flag(sequence.Clicked, defaults.Clicked)),
            ("length", Number(sequence.Length, defaults.Length)));
    }

    private static string? Split(SplitSchema split)
    {
        var defaults = new SplitSchema();
        return Map(
            ("train", Number(split.Train, defaults.Train)),
            ("valid", Number(split.Valid, defaults.Valid)),
            ("test", Number(split.Test, defaults.Test)),
            ("by", split.By == defaults.By ? null : Text(split.By)),
            ("column", Text(split.Column)),
            ("seed", Number(split.Seed, defaults.Seed)));
    }

    private static string? Map(params ReadOnlySpan<(string Key, string? Value)> pairs)
    {
        List<string> written = [];
        foreach (var (key, value) in pairs)
        {
            if (value != null) written.Add($"{key}: {value}");
        }

        return written.Count == 0 ? null : $"{{{string.Join(", ", written)}}}";
    }

    private static string? List(IReadOnlyList<string>? items) => items is null or { Count: 0 } ? null : $"[{string.Join(", ", items.Select(Text))}]";

    private static string? Flag(bool value, bool usual) => value == usual ? null : value ? "true" : "false";

    private static string? Number<T>(T value, T usual)
        where T : IEquatable<T>, IFormattable
        => value.Equals(usual) ? null : value.ToString(null, CultureInfo.InvariantCulture);

    private static string? Number<T>(T? value, T? usual)
        where T : struct, IEquatable<T>, IFormattable
        => Nullable.Equals(value, usual) ? null : value?.ToString(null, CultureInfo.InvariantCulture);

    private static string? Text(string? text) => text == null ? null : YamlText.Value(text);
}
