using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace AutoDim.Data.Preparation;

/// <summary>Reads and writes schemas, and says everything that is wrong with one at once.</summary>
public static class SchemaFile
{
    /// <exception cref="AutoDimException">The file cannot be read, is not YAML of this shape, or contradicts itself.</exception>
    public static Schema Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read the schema '{path}': {exception.Message}", exception);
        }

        return Parse(text, path);
    }

    /// <param name="name">What errors call it.</param>
    public static Schema Parse(string text, string name)
    {
        try
        {
            var schema = new DeserializerBuilder()
                .WithNamingConvention(CamelCaseNamingConvention.Instance)
                .WithEnumNamingConvention(CamelCaseNamingConvention.Instance)
                .WithTypeConverter(new BucketConverter())
                .Build()
                .Deserialize<Schema>(text) ?? throw new AutoDimException($"the schema '{name}' is empty");
            Check(schema, name);
            return schema;
        }
        catch (YamlException exception)
        {
            throw new AutoDimException($"{name}, line {exception.Start.Line}, column {exception.Start.Column}: {exception.InnerException?.Message ?? exception.Message}; docs/data.md describes the keys", exception);
        }
    }

    public static string Write(Schema schema) => new SerializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .WithEnumNamingConvention(CamelCaseNamingConvention.Instance)
        .WithTypeConverter(new BucketConverter())
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitDefaults | DefaultValuesHandling.OmitEmptyCollections)
        .WithQuotingNecessaryStrings()
        .Build()
        .Serialize(schema);

    private static void Check(Schema schema, string name)
    {
        List<string> problems = [];
        void Require(bool holds, string problem)
        {
            if (!holds) problems.Add(problem);
        }

        var known = schema.Format is null or "csv" or "parquet" or "libfm";
        Require(known, $"format '{schema.Format}' is not csv, parquet or libfm");
        Require(schema.Delimiter is null or "tab" or { Length: 1 }, $"delimiter '{schema.Delimiter}' is not one character or \"tab\"");
        Require(schema.Header || schema.Columns is { Count: > 0 } || schema.Format is "parquet" or "libfm", "columns must be named where header is false");
        Require(schema.MinCount >= 1, $"minCount {schema.MinCount} is below 1");
        Require(schema.Label.Column.Length > 0 || schema.Format == "libfm", "label has no column");
        Require(schema.Fields.Count > 0 || schema.Format == "libfm", "fields is empty");
        foreach (var twice in schema.Fields.GroupBy(field => field.FullName).Where(group => group.Count() > 1)) problems.Add($"two fields are named '{twice.Key}'");
        foreach (var field in schema.Fields)
        {
            var place = $"field '{field.FullName}'";
            Require(field.Column.Length > 0, $"{place} has no column");
            Require(field.Column != schema.Label.Column, $"{place} is the label");
            Require(field.Kind == FieldKind.Numeric || field.Buckets == null, $"{place} has buckets but is not numeric");
            Require(field.Kind != FieldKind.Numeric || field.Hash == null, $"{place} is numeric and hashed; use buckets");
            Require(field.Hash is null or (>= 1 and <= int.MaxValue), $"{place}: hash {field.Hash} is not within 1 to {int.MaxValue}");
            Require(field.MinCount is null or >= 1, $"{place}: minCount {field.MinCount} is below 1");
            Require(field.Count is >= 2 and <= 65_536, $"{place}: count {field.Count} is not within 2 to 65536");
            Require(field.Separator.Length == 1, $"{place}: separator '{field.Separator}' is not one character");
            if (field.Buckets is { } buckets)
            {
                Require(buckets.Rule is null or BucketSchema.Quantile or BucketSchema.LogSquare, $"{place}: buckets '{buckets.Rule}' is not quantile, log-square or a list of boundaries");
                Require(buckets.Boundaries.Zip(buckets.Boundaries.Skip(1), (a, b) => a < b).All(ascends => ascends), $"{place}: boundaries do not ascend");
            }
        }

        var split = schema.Split;
        Require(split is { Train: > 0, Valid: > 0, Test: > 0 }, "split: train, valid and test must all be above 0");
        Require(split.By is "random" or "key" or "time", $"split: by '{split.By}' is not random, key or time");
        Require(split.By == "random" || split.Column != null, $"split by {split.By} needs a column");
        if (problems.Count > 0) throw new AutoDimException($"{name}: {string.Join("; ", problems)}");
    }

    /// <summary>buckets: quantile | log-square | [numbers].</summary>
    private sealed class BucketConverter : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(BucketSchema);

        public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
        {
            if (parser.TryConsume<Scalar>(out var rule)) return new BucketSchema(rule.Value, []);
            parser.Consume<SequenceStart>();
            List<double> boundaries = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                var item = parser.Consume<Scalar>();
                if (!double.TryParse(item.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var boundary))
                {
                    throw new YamlException(item.Start, item.End, $"boundary '{item.Value}' is not a number");
                }

                boundaries.Add(boundary);
            }

            return new BucketSchema(null, boundaries);
        }

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer)
        {
            var buckets = (BucketSchema)value!;
            if (buckets.Rule != null)
            {
                emitter.Emit(new Scalar(buckets.Rule));
                return;
            }

            emitter.Emit(new SequenceStart(null, null, true, SequenceStyle.Flow));
            foreach (var boundary in buckets.Boundaries) emitter.Emit(new Scalar(boundary.ToString("R", CultureInfo.InvariantCulture)));
            emitter.Emit(new SequenceEnd());
        }
    }
}
