using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Layers;

public sealed unsafe class FirstOrderTests
{
    [Fact]
    public void Forward_MultiValuedField_AddsBiasWeightsAndMeanOfValues()
    {
        using var pool = new WorkerPool(1);
        var set = new TableSet(pool);
        using var layer = new FirstOrder(set, SmallData.Fields, 0.5, new CounterRandom(3, 0));
        layer.Parameters.Single().Values[0] = (Real)0.25;
        using var tape = new Tape(pool, 1);
        using var input = new IndexedBatch(SmallData.Fields, 2);
        var batch = input.Batch;
        batch.Size = 2;
        (batch.Columns[0].Rows[0], batch.Columns[1].Rows[0], batch.Columns[3].Rows[0]) = (10, 6, 1);
        batch.Columns[2].Reserve(3);
        (batch.Columns[2].Rows[0], batch.Columns[2].Rows[1], batch.Columns[2].Rows[2], batch.Columns[2].Count) = (4, 4, 1, 3);
        (batch.Columns[2].Offsets![0], batch.Columns[2].Offsets![1], batch.Columns[2].Offsets![2]) = (0, 3, 3); // the second sample has no tag
        input.Index(pool);
        var y = layer.Forward(tape, input);
        double Weight(int table, long row) => set.Tables[table].Row(row)[0];
        y[0, 0].ShouldBe(0.25 + Weight(0, 10) + Weight(1, 6) + (((2 * Weight(2, 4)) + Weight(2, 1)) / 3) + Weight(3, 1), 1e-6);
        y[1, 0].ShouldBe(0.25 + Weight(0, 0) + Weight(1, 0) + Weight(3, 0), 1e-6);
    }
}
