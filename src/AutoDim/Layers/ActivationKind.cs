namespace AutoDim.Layers;

/// <summary>What follows a hidden layer's linear map.</summary>
public enum ActivationKind
{
    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>tanh(x).</summary>
    Tanh,

    /// <summary>Dice (Zhou et al., KDD 2018): a ReLU whose corner is soft and lies at the unit's mean, with a learned slope below it.</summary>
    Dice,
}
