using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Tests.Reports;

public sealed class TeacherTableTests
{
    /// <summary>Taught models stand beside their untaught twins of the same full model; those without a twin, or with other dimensions, are left out.</summary>
    [Fact]
    public void Of_TaughtAndUntaught_PairsAndTheirMean()
    {
        var without = Comparison([0.9, 0.8], Contender("a", 0, [0.70, 0.72], 8), Contender("b", 0, [0.60, 0.62], 8));
        var with = Comparison([0.9, 0.8], Contender("a", 0.5, [0.71, 0.73], 8), Contender("b", 0.5, [0.63, 0.65], 8), Contender("c", 0.5, [0.7, 0.7], 8));
        var others = Comparison([0.9, 0.85], Contender("a", 0.5, [0.8, 0.8], 8));
        var otherDims = Comparison([0.9, 0.8], Contender("a", 0.9, [0.8, 0.8], 4));
        var rows = TeacherTable.Of([without, with, others, otherDims]).Split('\n', StringSplitOptions.RemoveEmptyEntries)[2..];
        rows.Length.ShouldBe(3);
        rows[0].ShouldBe("| clicks, fm | 0.5 | 10% | a | 0.71000 ± 0.01414 | 0.3000 | 0.72000 ± 0.01414 | 0.2900 | +0.0100 (+0.0100 to +0.0100) |");
        rows[2].ShouldBe("| clicks, fm | 0.5 | | **mean** | 0.66000 | 0.3000 | 0.68000 | 0.2900 | +0.0200 (+0.0200 to +0.0200) |");
    }

    private static Contender Contender(string method, double share, double[] aucs, int dim) => new()
    {
        Method = method,
        Budget = "10%",
        Result = new VariantResult { Aucs = aucs, Auc = aucs.Average(), AucStd = AutoDim.Evaluation.SeedStatistics.Deviation(aucs), Logloss = share > 0 ? 0.29 : 0.3, Distillation = share, Dims = [dim] },
    };

    private static ComparisonResult Comparison(double[] full, params Contender[] contenders)
        => new() { Data = "clicks", Seeds = [1, 2], Models = [new ModelComparison { Model = "fm", Full = new VariantResult { Aucs = full }, Contenders = contenders }] };
}
