using AutoDim.Autograd;

namespace AutoDim.Layers;

/// <summary>A part of a model that owns dense weights. Statistics are kept beside the weights: saved, but not trained.</summary>
public abstract class Layer : IDisposable
{
    private readonly List<Parameter> parameters = [];
    private readonly List<Parameter> statistics = [];

    /// <summary>Trained weights, in a fixed order.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Running statistics, such as BatchNorm's.</summary>
    public IReadOnlyList<Parameter> Statistics => statistics;

    public void Dispose()
    {
        foreach (var parameter in parameters.Concat(statistics)) parameter.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Parameter Add(Parameter parameter)
    {
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Dice with its slope, which starts at 0, and its statistics.</summary>
    private protected Activation NewDice(string name, int units) => new(
        Add(Parameter.Constant($"{name}.dice.slope", 1, units)),
        AddStatistic(Parameter.Constant($"{name}.dice.mean", 1, units)),
        AddStatistic(Parameter.Constant($"{name}.dice.variance", 1, units, 1)));

    private protected Parameter AddStatistic(Parameter statistic)
    {
        statistics.Add(statistic);
        return statistic;
    }
}
