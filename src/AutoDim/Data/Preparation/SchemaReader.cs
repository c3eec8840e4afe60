using AutoDim.Settings;

namespace AutoDim.Data.Preparation;

/// <summary>From YAML to a schema that does not contradict itself.</summary>
internal sealed class SchemaReader
{
    private readonly List<string> problems = [];

    /// <param name="name">What errors call the text.</param>
    /// <exception cref="AutoDimException">Everything that is wrong, each with its line.</exception>
    public static Schema Read(string text, string name)
    {
        var reader = new SchemaReader();
        var schema = reader.ReadSchema(new YamlMap(YamlText.Map(text, name), reader.problems));
        return reader.problems.Count == 0 ? schema : throw new AutoDimException($"{name}: {string.Join("; ", reader.problems)}; docs/data.md describes the keys");
    }

    private Schema ReadSchema(YamlMap map)
    {
        var defaults = new Schema();
        var fields = map.Maps("fields");
        var sequences = map.Maps("sequences");
        var schema = new Schema
        {
            Format = map.Text("format"),
            Delimiter = map.Text("delimiter"),
            Header = map.Flag("header", defaults.Header),
            Quotes = map.Flag("quotes", defaults.Quotes),
            Columns = map.Texts("columns"),
            Missing = map.Texts("missing") ?? [],
            MinCount = (int)(map.Whole("minCount", 1, int.MaxValue) ?? defaults.MinCount),
            Label = map.Map("label") is { } label ? ReadLabel(label) : defaults.Label,
            Fields = [.. fields.Select(ReadField)],
            Sequences = [.. sequences.Select(ReadSequence)],
            Ignore = map.Texts("ignore") ?? [],
            Split = map.Map("split") is { } split ? ReadSplit(split) : defaults.Split,
        };
        map.End();
        var isLibfm = schema.Format == "libfm";
        map.Require(schema.Format is null or "csv" or "parquet" or "libfm", $"format is '{schema.Format}', expected csv, parquet or libfm");
        map.Require(schema.Delimiter is null or "tab" || (IsAscii(schema.Delimiter) && schema.Delimiter[0] is not ('"' or '\r' or '\n')), $"delimiter is '{schema.Delimiter}', expected one ASCII character or tab");
        map.Require(schema.Header || schema.Columns is { Count: > 0 } || schema.Format is "parquet" or "libfm", "columns must name the columns where header is false");
        map.Require(schema.Label.Column.Length > 0 || isLibfm, "label needs a column");
        map.Require(schema.Fields.Count > 0 || isLibfm, "fields names no field");
        map.Require(schema.Split.By == "random" || !isLibfm, $"split: libfm rows have no {schema.Split.By}; by must be random");
        foreach (var twice in Repeated(schema.Columns ?? [])) map.Require(false, $"columns names '{twice}' twice");
        map.Require(schema.Sequences.Count == 0 || !isLibfm, "sequences need files with columns; libfm files have none");
        foreach (var twice in Repeated(schema.Fields.Select(field => field.FullName).Concat(schema.Sequences.Select(sequence => sequence.Name)))) map.Require(false, $"two fields or sequences are named '{twice}'");
        for (var m = 0; m < fields.Count; m++) fields[m].Require(schema.Fields[m].Column != schema.Label.Column || schema.Label.Column.Length == 0, "its column is the label");
        for (var s = 0; s < sequences.Count; s++) RequireField(sequences[s], schema, schema.Sequences[s]);
        return schema;
    }

    private static LabelSchema ReadLabel(YamlMap map)
    {
        var label = new LabelSchema { Column = map.Text("column") ?? "", Positive = map.Text("positive"), Negative = map.Text("negative"), AtLeast = map.Number("atLeast") };
        map.End();
        map.Require(label.AtLeast == null || label is { Positive: null, Negative: null }, "atLeast is for numbers, positive and negative for texts; keep one");
        map.Require(label.Negative == null || label.Positive != null, "negative needs positive beside it");
        map.Require(label.Positive == null || label.Positive != label.Negative, $"positive and negative are both '{label.Positive}'");
        return label;
    }

    private static FieldSchema ReadField(YamlMap map)
    {
        var defaults = new FieldSchema();
        map.Place = $"field '{map.Text("name") ?? map.Text("column")}'";
        var field = new FieldSchema
        {
            Name = map.Text("name"),
            Column = map.Text("column") ?? "",
            Kind = map.Choice("kind", defaults.Kind),
            Buckets = map.Buckets("buckets"),
            Count = (int)(map.Whole("count", 2, 65_536) ?? defaults.Count),
            Separator = map.Text("separator") ?? defaults.Separator,
            Hash = map.Whole("hash", 1, int.MaxValue - FieldEncoder.ReservedRows),
            MinCount = (int?)map.Whole("minCount", 1, int.MaxValue),
        };
        map.End();
        map.Require(field.Column.Length > 0, "it has no column");
        map.Require(field.Kind == FieldKind.Numeric || field.Buckets == null, "it has buckets but is not numeric");
        map.Require(field.Kind != FieldKind.Numeric || field.Hash == null, "it is numeric and hashed; use buckets");
        map.Require(IsAscii(field.Separator), $"separator is '{field.Separator}', expected one ASCII character");
        map.Require(field.Buckets is not { } buckets || buckets.Boundaries.Zip(buckets.Boundaries.Skip(1), (a, b) => a < b).All(ascends => ascends), "its boundaries do not ascend");
        return field;
    }

    private static SequenceSchema ReadSequence(YamlMap map)
    {
        var defaults = new SequenceSchema();
        map.Place = $"sequence '{map.Text("name")}'";
        var sequence = new SequenceSchema
        {
            Name = map.Text("name") ?? "",
            Of = map.Text("of") ?? "",
            Column = map.Text("column"),
            Separator = map.Text("separator") ?? defaults.Separator,
            By = map.Text("by"),
            Time = map.Text("time"),
            Clicked = map.Flag("clicked", defaults.Clicked),
            Length = (int)(map.Whole("length", 1, 65_536) ?? defaults.Length),
        };
        map.End();
        map.Require(sequence.Name.Length > 0, "it has no name");
        map.Require(sequence.Of.Length > 0, "of must name the field whose values it lists");
        map.Require(sequence.IsBuilt ? sequence is { By: not null, Time: not null } : sequence is { By: null, Time: null }, "it needs either a column that lists its values, or by and time to be made from the log");
        map.Require(IsAscii(sequence.Separator), $"separator is '{sequence.Separator}', expected one ASCII character");
        return sequence;
    }

    private static void RequireField(YamlMap map, Schema schema, SequenceSchema sequence)
    {
        if (sequence.Of.Length == 0) return;
        var field = schema.Fields.FirstOrDefault(field => field.FullName == sequence.Of);
        map.Require(field != null, $"of is '{sequence.Of}', which is no field");
        map.Require(field is not { Kind: not FieldKind.Categorical }, $"of is '{sequence.Of}', which is not categorical");
    }

    private static SplitSchema ReadSplit(YamlMap map)
    {
        var defaults = new SplitSchema();
        var split = new SplitSchema
        {
            Train = map.Number("train") ?? defaults.Train,
            Valid = map.Number("valid") ?? defaults.Valid,
            Test = map.Number("test") ?? defaults.Test,
            By = map.Text("by") ?? defaults.By,
            Column = map.Text("column"),
            Seed = (ulong)(map.Whole("seed", 0, long.MaxValue) ?? (long)defaults.Seed),
        };
        map.End();
        map.Require(split is { Train: > 0, Valid: > 0, Test: > 0 }, "train, valid and test must all be above 0");
        map.Require(split.By is "random" or "key" or "time", $"by is '{split.By}', expected random, key or time");
        map.Require(split.By is not ("key" or "time") || split.Column != null, $"by {split.By} needs a column");
        return split;
    }

    private static bool IsAscii(string text) => text.Length == 1 && char.IsAscii(text[0]);

    private static IEnumerable<string> Repeated(IEnumerable<string> names) => names.Where(name => name.Length > 0).GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key);
}
