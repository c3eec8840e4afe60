using System.Text.Json.Serialization;
using AutoDim.Evaluation;
using AutoDim.Runs;

namespace AutoDim.Updating;

/// <summary>update.json: what an update changed and gained.</summary>
internal sealed record UpdateResult
{
    public int FormatVersion { get; init; } = 1;

    public string Model { get; init; } = "";

    public UpdateOptions Options { get; init; } = new();

    public long RowsLearned { get; init; }

    public long RowsHeldOut { get; init; }

    /// <summary>Most deployed embedding bytes: tables, maps, vocabulary.</summary>
    public long Budget { get; init; }

    public long BytesBefore { get; init; }

    public long BytesAfter { get; init; }

    public IReadOnlyList<FieldChange> Fields { get; init; } = [];

    /// <summary>The old model on the rows that were then learned; null where none were.</summary>
    public Metrics? Unlearned { get; init; }

    /// <summary>The old and the updated model on the rows held out; null likewise.</summary>
    public BeforeAndAfter? HeldOut { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(UpdateResult))]
internal sealed partial class UpdateJson : JsonSerializerContext;
