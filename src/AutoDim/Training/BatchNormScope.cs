namespace AutoDim.Training;

/// <summary>Which samples BatchNorm takes its statistics from where several ranks have shares of a batch.</summary>
public enum BatchNormScope
{
    /// <summary>The whole batch's, as one process does; three sums over ranks for each layer and step.</summary>
    Global,

    /// <summary>The rank's own share's, without a message, as in most data-parallel training. Running statistics are each rank's until they are scored with or kept: then their mean.</summary>
    Local,
}
