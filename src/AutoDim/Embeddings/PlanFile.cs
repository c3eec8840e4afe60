using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Data;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Embeddings;

/// <summary>plan.json: written by every method, read by training, and easy to write by hand.</summary>
public sealed record PlanFile
{
    public const int Version = 1;

    public int FormatVersion { get; init; } = Version;

    /// <summary>What made the plan.</summary>
    public string Method { get; init; } = "hand";

    /// <summary>Fingerprint of the data it was made from; empty: not checked.</summary>
    public string Data { get; init; } = "";

    public Projection Projection { get; init; }

    /// <summary>Whether the plan is for a model whose first-order term is read from the vectors, with no weight beside them (<c>--first-order field-vectors</c>); false: for one with weights, or nobody has said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ReadsFirstOrder { get; init; }

    public IReadOnlyList<PlanEntry> Fields { get => field ?? []; init; } = [];

    /// <summary>The file of a plan.</summary>
    /// <param name="readsFirstOrder">See <see cref="ReadsFirstOrder"/>.</param>
    public static PlanFile Of(EmbeddingPlan plan, string method, string data, bool readsFirstOrder = false) => new()
    {
        ReadsFirstOrder = readsFirstOrder,
        Method = method,
        Data = data,
        Projection = plan.Projection,
        Fields = [.. plan.Fields.Select(item => new PlanEntry(item.Field, item.Rows, item.Dim, item.Bytes) { Storage = item.Storage, MinCount = item.MinCount, Form = item.Form })],
    };

    public void Save(string path) => JsonFile.Save(path, this, PlanJson.Default.PlanFile);

    /// <summary>The file as it stands, whatever data it is for.</summary>
    /// <exception cref="AutoDimException">The file is missing, damaged or of another version.</exception>
    public static PlanFile Read(string path)
    {
        try
        {
            var file = JsonFile.Load(path, PlanJson.Default.PlanFile, Version, Version, "use that one, or let the plan be made again");
            return file.Fields.Count == 0 ? throw new JsonException("it names no fields")
                : file.Fields.Any(entry => entry is not { Field.Length: > 0 }) ? throw new JsonException("a field of it has no name")
                : file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new AutoDimException($"cannot read the plan '{path}': {Reason.Of(exception)}; autodim search writes such a file", exception);
        }
    }

    /// <summary>The plan for this data, its fields matched by name; a field's rows are the data's, less those that are folded.</summary>
    /// <exception cref="AutoDimException">The file is missing, damaged, or names other fields.</exception>
    public static EmbeddingPlan Load(string path, ClickData data) => Read(path).For(data, path);

    /// <summary>Likewise of a file that was read.</summary>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="AutoDimException">It names other fields, or has a dimension or form that they cannot have.</exception>
    public EmbeddingPlan For(ClickData data, string path)
    {
        var fields = data.Fields;
        foreach (var twice in Fields.GroupBy(entry => entry.Field).Where(group => group.Count() > 1)) throw new AutoDimException($"the plan '{path}' names field '{twice.Key}' {twice.Count()} times; once is enough");
        var byName = Fields.ToDictionary(entry => entry.Field);
        var missing = fields.Where(item => !byName.ContainsKey(item.Name)).Select(item => item.Name).ToArray();
        var unknown = byName.Keys.Except(fields.Select(item => item.Name)).ToArray();
        if (missing.Length + unknown.Length > 0)
        {
            throw new AutoDimException($"the plan '{path}' does not fit the data:{(missing.Length > 0 ? $" it lacks {string.Join(", ", missing)}{(unknown.Length > 0 ? ";" : "")}" : "")}{(unknown.Length > 0 ? $" it names {string.Join(", ", unknown)}, which the data has not" : "")}");
        }

        PlanEntry[] entries = [.. fields.Select(field => byName[field.Name])];
        var folding = new RowFolding(data, [.. entries.Select(entry => entry.MinCount)]);
        var plan = EmbeddingPlan.Of(folding.Fields, entries.Select(entry => entry.Dim), [.. entries.Select(entry => entry.Storage)], [.. entries.Select(entry => entry.MinCount)], [.. entries.Select(entry => entry.Form)]) with { Projection = Projection };
        plan.Check(folding.Fields);
        return plan;
    }
}

/// <summary>A field of a plan file.</summary>
public sealed record PlanEntry(string Field, long Rows, int Dim, long Bytes)
{
    /// <summary>How rows are kept once trained.</summary>
    public RowStorage Storage { get; init; }

    /// <summary>Values that training saw fewer times share a row; 0 or 1: every value has its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long MinCount { get; init; }

    /// <summary>How vectors are made of what is stored; null: each value has a row.</summary>
    public RowForm? Form { get; init; }

    /// <summary>The dimensions to choose from, where a search made the plan.</summary>
    public IReadOnlyList<int>? Candidates { get; init; }

    /// <summary>π of each candidate.</summary>
    public IReadOnlyList<double>? Probabilities { get; init; }

    /// <summary>The searched network's validation AUC with this field at each candidate, the others as preferred.</summary>
    public IReadOnlyList<double>? ValidAucs { get; init; }

    /// <summary>The best candidate's lead over the next.</summary>
    public double? Margin { get; init; }

    /// <summary>Why the field has this dimension; null where nobody has looked.</summary>
    public FieldExplanation? Explanation { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlanFile))]
internal sealed partial class PlanJson : JsonSerializerContext;
