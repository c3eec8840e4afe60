namespace AutoDim.Reports;

/// <summary>A training's validation AUC, epoch by epoch.</summary>
/// <param name="Name">Of the variant.</param>
internal sealed record LearningCurve(string Name, IReadOnlyList<double> ValidAucs);
