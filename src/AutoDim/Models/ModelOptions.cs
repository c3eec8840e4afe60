using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace AutoDim.Models;

/// <summary>What a model is made of besides its embeddings. One declaration feeds the API, YAML, the command line and its help.</summary>
public sealed record ModelOptions
{
    /// <value>Units of each hidden layer, 1 to 65,536 each; default 400, 400, 400.</value>
    [Description("units of each hidden layer"), Range(1, 65_536)]
    public IReadOnlyList<int> Hidden { get; init; } = [400, 400, 400];

    /// <value>BatchNorm between a hidden layer and its ReLU; default on.</value>
    [Description("BatchNorm in the hidden layers")]
    public bool BatchNorm { get; init; } = true;

    /// <value>Share of hidden units dropped while training, 0 to 0.95; default 0.2.</value>
    [Description("dropout rate of the hidden layers"), Range(0, 0.95)]
    public double Dropout { get; init; } = 0.2;

    /// <value>Standard deviation of the tables' normal start, 0 to 1; default 1e-4, as in the public benchmark.</value>
    [Description("standard deviation of the tables' start"), Range(0, 1)]
    public double InitialDeviation { get; init; } = 1e-4;
}
