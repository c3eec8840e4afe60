namespace AutoDim.Search.AutoDim;

/// <summary>How τ of the Gumbel softmax cools from 1 to 0.01.</summary>
public enum TemperatureSchedule
{
    /// <summary>Linearly over the steps on which α learns, so that a run of any length cools. The default.</summary>
    Relative,

    /// <summary>The paper's max(0.01, 1 − 5e-5·t), with t in steps of 2,000 samples.</summary>
    Absolute,
}
