using System.Text.Json.Serialization;
using AutoDim.Export;

namespace AutoDim.Updating;

/// <summary>drift.json: new data beside what a model was made on.</summary>
internal sealed record DriftResult
{
    public int FormatVersion { get; init; } = 1;

    public const string Fine = "fine", Update = "update", SearchAgain = "search again";

    /// <summary>One of the above.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>What led to the verdict; empty where it is fine.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>The command that follows from the verdict; empty where it is fine.</summary>
    public string Next { get; init; } = "";

    /// <summary>What could not be compared.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>On the validation split when the model was made; null where its folder does not tell.</summary>
    public ValidationRecord? Before { get; init; }

    /// <summary>On the new data; null without labels of both classes.</summary>
    public ValidationRecord? Now { get; init; }

    /// <summary>AUC now less before; null where one is not known.</summary>
    public double? AucDelta { get; init; }

    /// <summary>95%, of two independent samples, each by DeLong.</summary>
    public IReadOnlyList<double> AucDeltaInterval { get; init; } = [];

    /// <summary>The most shifted first.</summary>
    public IReadOnlyList<FieldDrift> Fields { get; init; } = [];
}

/// <summary>A field's share of unseen and of missing values, in 0 … 1, on the validation split and now, and its population stability index.</summary>
/// <param name="UnseenBefore">Null where the model's folder does not tell, or the field's ids are rows.</param>
/// <param name="PsiChance">What chance alone exceeds once in a hundred times.</param>
internal sealed record FieldDrift(string Field, double? UnseenBefore, double? UnseenNow, double? MissingBefore, double? MissingNow, double? Psi, double? PsiChance)
{
    /// <summary>Whether values are distributed otherwise, and not by chance.</summary>
    [JsonIgnore]
    public bool IsShifted => Psi >= PopulationStability.Large && Psi > PsiChance;
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(DriftResult))]
internal sealed partial class DriftJson : JsonSerializerContext;
