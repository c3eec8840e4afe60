using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;

namespace AutoDim.Tests.Embeddings.Optimizers;

/// <summary>Dense updates, which join short rows, against the same rule applied row by row.</summary>
public sealed unsafe class DenseUpdateTests
{
    private const int Rows = 150;

    public static TheoryData<OptimizerKind, int> Cases()
    {
        var cases = new TheoryData<OptimizerKind, int>();
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            foreach (var dim in (int[])[1, 3, 4, 10, 16]) cases.Add(kind, dim);
        }

        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Update_Dense_EqualsEveryRowTouched(OptimizerKind kind, int dim)
    {
        // Some rows have a gradient and the rest only the penalty's; or every row is looked up, most with a gradient of 0.
        var joined = Train(kind, dim, touched: [3, 4, 70, 149]);
        var single = Train(kind, dim, touched: [.. Enumerable.Range(0, Rows)]);
        for (var i = 0; i < joined.Length; i++) ((double)joined[i]).ShouldBe(single[i], 1e-6, $"weight {i}");
    }

    private static Real[] Train(OptimizerKind kind, int dim, int[] touched)
    {
        using var pool = new WorkerPool(2);
        var set = new TableSet(pool);
        using var table = set.Add(0, "table", Rows, dim);
        table.Initialise(0.1, new CounterRandom(1, 2), pool);
        using var optimizer = TableOptimizer.Create(set, new TableOptimizerOptions { Kind = kind, Dense = true, L2 = 0.01, WeightDecay = 0.1 });
        using var tape = new Tape(pool, 1);
        using var rows = new DistinctRows(Rows, Rows);
        using var column = new BatchColumn(new Field("field", Rows), Rows);
        for (var i = 0; i < touched.Length; i++) column.Rows[i] = touched[i];
        rows.Build(column, touched.Length);
        for (var step = 0; step < 5; step++)
        {
            tape.Reset();
            var vectors = Gather.Reserve(tape, table, rows);
            vectors.EnsureGradient();
            for (var u = 0; u < rows.Count; u++)
            {
                if (rows.Rows[u] is not (3 or 4 or 70 or 149)) continue;
                for (var k = 0; k < dim; k++) vectors.GradientRow(u)[k] = (Real)Math.Sin(rows.Rows[u] + k + step);
            }

            optimizer.Update(tape.Lookups, 0.5);
        }

        return table.Weights.AsSpan().ToArray();
    }
}
