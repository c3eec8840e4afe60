using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AutoDim.Settings;

namespace AutoDim.Runs;

/// <summary>A search by itself.</summary>
public sealed record SearchJobOptions
{
    /// <value>
    /// Folder of an old run, search or model whose plan, and preferences where it has any, to start from. The data may be other, with other values; fields
    /// are matched by name. Null: a search afresh.
    /// </value>
    [Description("folder of an old run, search or model: start from its preferences, and keep its dimensions but where --keep says")]
    public string? From { get; init; }

    /// <value>Validation AUC, 0 to 1; default 0.001.</value>
    [Description("with --from: validation AUC, measured at the search's end, that a field must gain to leave its old dimension"), Range(0.0, 1.0)]
    public double Keep { get; init; } = 0.001;

    [Prefix("")]
    public RunOptions Run { get; init; } = new();
}
