using AutoDim.Models;

namespace AutoDim.Training;

/// <summary>The arrays that make up a model and a learner, by name, for files and snapshots.</summary>
internal static unsafe class LearnerState
{
    /// <summary>Tables, dense weights and running statistics: what predictions depend on.</summary>
    public static IReadOnlyList<NamedArray> Weights(CtrModel model) =>
    [
        .. model.Tables.SelectMany(NamedArray.PartsOf),
        .. model.Parameters.Concat(model.Statistics).DistinctBy(parameter => parameter.Name).Select(NamedArray.Of),
    ];

    /// <summary>The weights and both optimisers' state: what training goes on from.</summary>
    public static IReadOnlyList<NamedArray> All(Learner learner) =>
    [
        .. Weights(learner.Model),
        .. learner.Tables.State.Select((state, i) => NamedArray.Of($"optimizer.{learner.Model.Tables[i].Name}", state).Beside(learner.Model.Tables[i], learner.Tables.StateWidth(learner.Model.Tables[i]))),
        .. learner.Tables.LastSteps.Select((steps, i) => NamedArray.Of($"laststep.{learner.Model.Tables[i].Name}", steps).Beside(learner.Model.Tables[i], 1)),
        .. learner.Dense.State.Select((state, i) => NamedArray.Of($"optimizer.{learner.Dense.Parameters[i].Name}", state)),
    ];
}
