namespace AutoDim.Training;

/// <summary>Where training stands.</summary>
/// <param name="Stage">What is being trained.</param>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">Steps of this epoch so far.</param>
/// <param name="Loss">Mean loss of this epoch so far.</param>
/// <param name="BestAuc">Best validation AUC so far; negative infinity before the first.</param>
internal readonly record struct TrainingProgress(string Stage, long Epoch, long Epochs, long Step, long Steps, double Loss, double BestAuc);

/// <summary>What an epoch came to.</summary>
internal sealed record EpochResult(string Stage, long Epoch, double Loss, double ValidAuc, double ValidLogLoss, double RateFactor);

/// <summary>What training came to.</summary>
/// <param name="ValidAuc">Best validation AUC.</param>
/// <param name="BestEpoch">The epoch whose weights the model has.</param>
/// <param name="Steps">Steps made.</param>
internal sealed record TrainingResult(double ValidAuc, long BestEpoch, long Steps);
