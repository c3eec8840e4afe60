using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Autograd;

/// <summary>Central differences of every model's loss, for plans of one and of mixed dimensions.</summary>
public sealed class ModelGradientTests
{
    public static TheoryData<string, int[], Projection> Cases() => Bench.Models();

    public static TheoryData<string, int[], Projection> RowForms() => Bench.SmoothRowFormModels();

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Gradient_OfWholeModel_EqualsCentralDifference(string name, int[] dims, Projection projection)
    {
        using var pool = new WorkerPool(2);
        var plan = EmbeddingPlan.Of(SmallData.Fields, dims) with { Projection = projection };
        var options = Bench.SmallModel with { Dropout = 0.3, InitialDeviation = 0.5 };
        using var model = Bench.Find(name).Create(ModelContext.Planned(SmallData.Fields, plan, options, 7, pool));
        Bench.Shake(model);
        using var tape = new Tape(pool, 3);
        using var input = new IndexedBatch(SmallData.Fields, 20, model.Set);
        SmallData.Fill(input.Batch, SmallData.Fields, 20, 11);
        input.Index(pool);
        Gradients.Check(tape, () => tape.LogLoss(model.Forward(tape, input), input.Batch), model.Parameters, model.Tables);
    }
}
