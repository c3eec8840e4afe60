using AutoDim.Embeddings;
using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Tests.Reports;

public sealed class FrontierTablesTests
{
    /// <summary>One that is larger and no better on validation is left out, whatever its test AUC; of equal sizes the better stays.</summary>
    [Fact]
    public void Undominated_LargerAndNoBetterOnValidation_IsLeftOut()
    {
        Contender[] contenders = [Of("a", 100, 0.80, 0.70), Of("b", 200, 0.79, 0.99), Of("c", 300, 0.85, 0.60), Of("d", 300, 0.84, 0.90), Of("e", 400, 0.85, 0.90)];
        FrontierTables.Undominated(contenders).Select(contender => contender.Method).ShouldBe(["c", "a"]);
    }

    /// <summary>Comparisons of the same data, model and number of seeds are one table, whatever their files' names; others have their own.</summary>
    [Fact]
    public void Of_SeveralComparisons_OneTableForEachDataModelAndNumberOfSeeds()
    {
        var text = FrontierTables.Of([Comparison("f1", 3, Of("a", 100, 0.80, 0.70)), Comparison("f1", 3, Of("b", 50, 0.75, 0.72)), Comparison("f1", 1, Of("c", 100, 0.9, 0.71)), Comparison("f1", 1, Of("d", 90, 0.9, 0.71), readsFirstOrder: true)]);
        text.Split('\n').Where(line => line.StartsWith("###", StringComparison.Ordinal)).ShouldBe(["### clicks, fm, 3 seeds", "### clicks, fm, one seed", "### clicks, fm, first order from vectors, one seed"]);
        text.ShouldContain("| 1 | 1,000 | full: 32 dimensions, float32 |");
        text.ShouldContain("| 10.0 | 100 | a+int8 | 0.70000 |");
        text.ShouldContain("| 20.0 | 50 | b+int8 | 0.72000 |");
    }

    private static Contender Of(string method, long bytes, double validAuc, double auc) => new() { Method = method, Storage = RowStorage.Int8, Result = Variant(bytes, validAuc, auc) };

    private static VariantResult Variant(long bytes, double validAuc, double auc) => new() { DeployedEmbeddingBytes = bytes, ValidAuc = validAuc, Auc = auc, Aucs = [auc], AucDeltaInterval = [-0.1, 0.1], Dims = [32, 16] };

    private static ComparisonResult Comparison(string fingerprint, int seeds, Contender contender, bool readsFirstOrder = false) => new()
    {
        Data = "clicks",
        Fingerprint = fingerprint,
        Seeds = [.. Enumerable.Range(1, seeds).Select(seed => (ulong)seed)],
        Models = [new ModelComparison { Model = "fm", ReadsFirstOrder = readsFirstOrder, Full = Variant(1000, 0.8, 0.8), Contenders = [contender] }],
    };
}
