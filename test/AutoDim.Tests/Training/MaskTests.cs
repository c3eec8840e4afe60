using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>Training under masks.</summary>
[Collection(nameof(Alone))]
public sealed unsafe class MaskTests
{
    public static TheoryData<OptimizerKind, bool> Optimizers()
    {
        var kinds = new TheoryData<OptimizerKind, bool>();
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            kinds.Add(kind, true);
            kinds.Add(kind, false);
        }

        return kinds;
    }

    /// <summary>With L2 and decay, dense and lazy, clipped and not: what a mask does not keep is zero to the bit after every step, and the rest moves.</summary>
    [Theory, MemberData(nameof(Optimizers))]
    public void Step_UnderMask_WhatIsNotKeptStaysZero(OptimizerKind kind, bool isDense)
    {
        using var bench = New(new TableOptimizerOptions { Kind = kind, LearningRate = 0.01, L2 = 1e-3, WeightDecay = 1e-3, Dense = isDense }, out var masks);
        using (masks)
        {
            var before = bench.Weights();
            for (var step = 0; step < 10; step++)
            {
                bench.Train(1);
                Outside(bench, masks).ShouldAllBe(number => number == 0);
            }

            bench.Learner.Tables.CatchUpAll();
            Outside(bench, masks).ShouldAllBe(number => number == 0);
            bench.Weights()["embedding.user"].ShouldNotBe(before["embedding.user"]);
        }
    }

    /// <summary>The kept numbers learn as they would beside weights that happen to be zero: the loss's gradient is the masked model's own.</summary>
    [Fact]
    public void Gradients_UnderMask_AreTheMaskedModels()
    {
        using var masked = New(new TableOptimizerOptions(), out var masks);
        using (masks)
        {
            using var plain = new Bench("deepfm", [4, 4, 4, 4]);
            foreach (var (name, values) in masked.Weights().Where(pair => pair.Key.StartsWith("embedding.", StringComparison.Ordinal)))
            {
                values.CopyTo(plain.Model.VectorTable(name["embedding.".Length..]).Weights.AsSpan());
            }

            masked.Fill(1);
            plain.Fill(1);
            masked.Learner.Gradients(masked.Learner.Input).ShouldBe(plain.Learner.Gradients(plain.Learner.Input));
            foreach (var (own, other) in masked.Learner.Tape.Lookups.Zip(plain.Learner.Tape.Lookups))
            {
                var mask = masked.Model.Tables[own.Table].Mask;
                for (var u = 0; u < own.Vectors.Rows; u++)
                {
                    for (var k = 0; k < own.Vectors.Columns; k++) own.Vectors.GradientRow(u)[k].ShouldBe(mask == null || mask.IsKept(own.Rows[u], k) ? other.Vectors.GradientRow(u)[k] : 0);
                }
            }
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Step_UnderMask_AllocatesNothing(bool isDense)
    {
        using var bench = New(new TableOptimizerOptions { L2 = 1e-3, Dense = isDense }, out var masks);
        using (masks)
        {
            bench.Train(12);
            Allocations.ShouldBeNoneAnywhere(() => bench.Train(8));
        }
    }

    private static Bench New(TableOptimizerOptions tables, out Masks masks)
    {
        var bench = new Bench("deepfm", [4, 4, 4, 4], training: Bench.SmallTraining with { Tables = tables }, threads: 2);
        masks = new Masks(bench.Plan);
        masks.Apply(bench.Model);
        return bench;
    }

    /// <summary>Every number that no mask keeps.</summary>
    private static IEnumerable<float> Outside(Bench bench, Masks masks)
    {
        List<float> outside = [];
        for (var m = 0; m < bench.Model.Fields.Count; m++)
        {
            var (table, mask) = (bench.Model.VectorTable(bench.Model.Fields[m].Name), masks.OfField(m)!);
            for (var row = 0L; row < table.Rows; row++)
            {
                for (var k = 0; k < table.Dim; k++)
                {
                    if (!mask.IsKept(row, k)) outside.Add(table.Row(row)[k]);
                }
            }
        }

        outside.Count.ShouldBeGreaterThan(20);
        return outside;
    }
}
