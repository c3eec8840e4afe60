using System.Text.Json.Serialization;

namespace AutoDim.Data;

/// <summary>One feature field of a prepared set: its values are table rows 0 … <paramref name="Rows"/> - 1.</summary>
/// <param name="Name">Unique within the set.</param>
/// <param name="Rows">Number of table rows: kept values, and the missing and out-of-vocabulary rows where the field has them.</param>
/// <param name="MultiValued">Whether a sample may hold any number of values (their vectors are averaged).</param>
/// <param name="VocabularyBytes">Bytes of the map from raw value to row that must ship with a model; 0 where ids are rows already.</param>
public sealed record Field(string Name, long Rows, bool MultiValued = false, long VocabularyBytes = 0)
{
    /// <value>How a raw value leads to a row; default: ids are rows.</value>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RowMap Map { get; init; }

    /// <summary>The row of the first value: before it are those of unseen and of missing values, where the field has them.</summary>
    internal long FirstValueRow => Map == RowMap.Ids ? 0 : Preparation.FieldEncoder.ReservedRows;

    /// <value>Behaviour sequences of this field's values, which share its table; null for none.</value>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Sequence>? Sequences { get; init; }

    /// <summary>What of fields that a file names cannot be; null where all is well.</summary>
    internal static string? Problem(IReadOnlyList<Field> fields)
    {
        foreach (var field in fields)
        {
            if (field is not { Name.Length: > 0 }) return "a field has no name";
            if (field.Rows < 1) return $"field '{field.Name}' has {field.Rows} rows, expected 1 or more";
            if (!Enum.IsDefined(field.Map)) return $"field '{field.Name}' has an unknown map";
            if (field.Sequences?.Any(sequence => sequence is not { Name.Length: > 0, Length: > 0 }) == true) return $"a sequence of field '{field.Name}' has no name or no length";
        }

        return Columns(fields).GroupBy(column => column.Name).FirstOrDefault(group => group.Count() > 1) is { } twice ? $"two fields or sequences are named '{twice.Key}'" : null;
    }

    /// <summary>The columns that samples of these fields have: one for each field, then one for each sequence, field after field.</summary>
    internal static Field[] Columns(IReadOnlyList<Field> fields)
        => [.. fields, .. fields.SelectMany(field => (field.Sequences ?? []).Select(sequence => new Field(sequence.Name, field.Rows, MultiValued: true)))];
}

/// <summary>How a raw value leads to a table row.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RowMap>))]
public enum RowMap
{
    /// <summary>Ids are rows, but for where they begin.</summary>
    Ids,

    /// <summary>Each kept value has a row that a vocabulary tells; rows 0 and 1 are for unseen and for missing values.</summary>
    Vocabulary,

    /// <summary>By a rule, such as buckets or hashing; rows 0 and 1 likewise.</summary>
    Computed,
}

/// <summary>A behaviour sequence: for each sample a list of a field's values, oldest first, possibly empty.</summary>
/// <param name="Name">Unique among the set's fields and sequences.</param>
/// <param name="Length">Most values of a sample.</param>
public sealed record Sequence(string Name, int Length);
