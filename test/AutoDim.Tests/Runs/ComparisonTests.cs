using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Reports;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

/// <summary>Tiny whole comparisons.</summary>
public sealed class ComparisonTests : IDisposable
{
    private static readonly CompareOptions Small = new()
    {
        Models = ["fm"],
        Methods = ["mde", "measured"],
        Budgets = ["80%", "65%"],
        Seeds = 2,
        TuneL2 = [1e-5, 1e-2],
        ModelOptions = new ModelOptions { InitialDeviation = 0.1 },
        Training = new TrainingOptions { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } },
        Search = new AutoDimOptions { Candidates = [1, 2, 8], Epochs = 2, AlphaLearningRate = 0.05 },
    };

    private readonly PreparedClicks clicks = new();
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public ComparisonTests() => data = clicks.Open();

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        data.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void Execute_Methods_EachWithinEveryBudgetAndBesideUniform()
    {
        var model = Execute(Small, "compare").Models.Single();
        model.Contenders.Select(contender => (contender.Method, contender.Storage)).Distinct().ShouldBe(
            [("uniform", RowStorage.Float32), ("uniform", RowStorage.Int8), ("mde", RowStorage.Float32), ("mde", RowStorage.Int8), ("measured", RowStorage.Float32), ("measured", RowStorage.Int8)]);
        foreach (var contender in model.Contenders)
        {
            contender.Result.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(contender.BudgetBytes);
            contender.BudgetBytes.ShouldBe(model.Full.DeployedEmbeddingBytes * (contender.Budget == "80%" ? 80 : 65) / 100);
            contender.Result.Aucs.Count.ShouldBe(2);
            contender.Result.ScoringMicroseconds.ShouldBePositive();
            contender.UniformDeltaInterval.ShouldBe(contender.Method == "uniform" ? null : contender.UniformDeltaInterval.ShouldNotBeNull());
        }

        foreach (var answer in model.Answers) answer.Result.ValidAuc.ShouldBe(model.Contenders.Where(contender => contender.Budget == answer.Budget).Max(contender => contender.Result.ValidAuc));
        ComparisonSummary.Sentences(model, 2).Count().ShouldBe(2);
        var report = File.ReadAllText(folder.File("compare/report.html"));
        report.ShouldContain("test AUC against deployed embedding bytes");
        report.ShouldContain("test AUC against the time to score a sample");
        report.ShouldContain("</html>");
    }

    /// <summary>A method that mixes storages is asked once, and held against uniform dimensions in the storage where they do best.</summary>
    [Fact]
    public void Execute_MethodThatMixesStorages_IsAskedOnceAndComparedWithTheBestUniform()
    {
        var options = Small with { Methods = ["measured-mixed"], Budgets = ["60%"], Storages = ["int4", "int8"], Seeds = 1, TuneL2 = [1e-5] };
        var contenders = Execute(options, "mixed").Models.Single().Contenders;
        contenders.Select(contender => contender.Name).ShouldBe(["uniform+int4", "uniform+int8", "measured-mixed+int4"]);
        var best = contenders.Take(2).MaxBy(uniform => uniform.Result.ValidAuc)!;
        best.Storage.ShouldNotBe(RowStorage.Int4);
        contenders[2].UniformDelta!.Value.ShouldBe(contenders[2].Result.Auc - best.Result.Auc, 1e-6);
    }

    /// <summary>A method's first plan of mixed dimensions is trained in each projection, its others in the better one alone.</summary>
    [Fact]
    public void Execute_MixedDims_ProjectionChosenWithAMethodsFirstPlan()
    {
        var contenders = Execute(Small, "compare").Models.Single().Contenders;
        string[] Asked(string method) => [.. Directory.GetFiles(folder.File("compare/fm/plans"), $"{method}-*-*-*.json").Where(path => !path.Contains("-projection-", StringComparison.Ordinal)).Select(path => Path.GetFileName(path).Split('-')[2]).Order()];
        foreach (var method in (string[])["mde", "measured"])
        {
            string[] asked = Asked(method);
            asked.ShouldContain("Linear");
            asked.ShouldContain("ZeroPadding");
            asked.Length.ShouldBe(5);
            contenders.Where(contender => contender.Method == method).Select(contender => contender.Projection).Distinct().Count().ShouldBe(1);
        }
    }

    /// <summary>What a later budget settles for a method does not change what was chosen before, when the comparison goes on.</summary>
    [Fact]
    public void Execute_GoneOnWithAfterProjectionsWereSettled_PlansChosenBeforeStay()
    {
        var options = Small with { Methods = ["measured"], Budgets = ["25%"], Seeds = 1, TuneL2 = [1e-5] };
        Execute(options, "compare");
        var before = File.ReadAllText(folder.File("compare/result.json"));
        var settled = folder.File("compare/fm/plans/measured-projection.json");
        var other = StageRecord.Read(settled, ComparisonJson.Default.SettledProjection).Projection == Projection.Linear ? Projection.ZeroPadding : Projection.Linear;
        JsonFile.Save(settled, new SettledProjection(other), ComparisonJson.Default.SettledProjection);
        Execute(options, "compare");
        RunRecords.Timeless(File.ReadAllText(folder.File("compare/result.json"))).ShouldBe(RunRecords.Timeless(before));
    }

    /// <summary>Two bits a number: rounded while they train, and in the bytes that this promises.</summary>
    [Fact]
    public void Execute_RoundedRows_TwoBitsWithinTheBudget()
    {
        var options = Small with { Methods = ["rounded", "measured-rounded", "measured-blocks-mixed"], Budgets = ["40%"], Storages = ["int2"], Seeds = 1, TuneL2 = [1e-5] };
        var contenders = Execute(options, "rounded").Models.Single().Contenders;
        contenders.Select(contender => contender.Name).ShouldBe(["uniform+int2", "rounded+int2", "measured-rounded+int2", "measured-blocks-mixed+int2"]);
        contenders.ShouldAllBe(contender => contender.Result.DeployedEmbeddingBytes <= contender.BudgetBytes);
        contenders[1].Result.Dims.ShouldBe(contenders[0].Result.Dims);
        contenders[1].Result.Forms.ShouldAllBe(form => form is RoundedForm && ((RoundedForm)form).Bits == 2);
        contenders[1].Result.ValidAuc.ShouldNotBe(contenders[0].Result.ValidAuc);
        contenders[3].Result.Forms.OfType<RoundedForm>().Select(form => form.Bits).Distinct().Count().ShouldBeGreaterThan(1);
    }

    /// <summary>Values without weights of their own take fewer bytes, in the full model and beside every vector; a model that never had any is as it was.</summary>
    [Fact]
    public void Execute_FirstOrderFromVectors_NothingIsStoredBesideThem()
    {
        var options = Small with { Models = ["fm", "dnn"], Methods = ["measured"], Budgets = ["25%"], Storages = ["int8"], Seeds = 1, TuneL2 = [1e-5] };
        var weights = Execute(options, "weights").Models;
        var vectors = Execute(options with { ModelOptions = options.ModelOptions with { FirstOrder = FirstOrderTerm.FieldVectors } }, "vectors").Models;
        vectors.Select(model => model.Name).ShouldBe(["fm, first order from vectors", "dnn"]);
        weights[0].Name.ShouldBe("fm");
        (weights[0].Full.DeployedEmbeddingBytes - vectors[0].Full.DeployedEmbeddingBytes).ShouldBe(sizeof(float) * data.Fields.Sum(field => field.Rows));
        foreach (var contender in vectors[0].Contenders)
        {
            contender.Result.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(contender.BudgetBytes);
            if (contender.Method == "uniform") contender.Result.DeployedEmbeddingBytes.ShouldBe(data.Fields.Sum(field => field.VocabularyBytes + (field.Rows * RowFormat.Bytes(RowStorage.Int8, contender.Result.Dims[0]))));
        }

        vectors[1].Full.Aucs.ShouldBe(weights[1].Full.Aucs);
    }

    /// <summary>Each field its own storage: never worse on validation than one for all, and in the bytes that this promises.</summary>
    [Fact]
    public void Execute_MixedStorages_NoWorseOnValidationThanOne()
    {
        var options = Small with { Methods = ["measured-folding", "measured-mixed"], Budgets = ["25%"], Storages = ["int4"], Seeds = 1, TuneL2 = [1e-5] };
        var contenders = Execute(options, "mixed").Models.Single().Contenders;
        contenders.Select(contender => contender.Name).ShouldBe(["uniform+int4", "measured-folding+int4", "measured-mixed+int4"]);
        contenders.ShouldAllBe(contender => contender.Result.DeployedEmbeddingBytes <= contender.BudgetBytes);
        contenders[2].Result.ValidAuc.ShouldBeGreaterThanOrEqualTo(contenders[1].Result.ValidAuc);
    }

    /// <summary>Stopped in the middle of a form's training, then gone on with.</summary>
    [Fact]
    public void Execute_MethodsOfForms_KeepToTheBudgetAndResume()
    {
        var options = Small with { Methods = ["hashing", "qr", "robe", "tt-rec", "dpq", "dpq-sx", "mgqe"], Budgets = ["75%"], Storages = ["float32"], Seeds = 1, TuneL2 = [1e-5] };
        var model = Execute(options, "whole").Models.Single();
        model.Contenders.Select(contender => contender.Method).Distinct().ShouldBe(["uniform", "hashing", "qr", "robe", "tt-rec", "dpq", "dpq-sx", "mgqe"], ignoreOrder: true);
        model.Contenders.ShouldAllBe(contender => contender.Result.DeployedEmbeddingBytes <= contender.BudgetBytes);
        model.Contenders.Where(contender => contender.Method != "uniform").ShouldAllBe(contender => contender.Result.Forms.Any(form => form != null));
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Execute(options, "stopped", new Canceller("plan-", 2, cancellation), cancellation));
        Execute(options, "stopped");
        Result("stopped").ShouldBe(Result("whole"));
    }

    [Theory, InlineData("uniform-", 3), InlineData("plan-", 1)]
    public void Execute_CancelledAndResumed_SameResultApartFromTimes(string stage, int step)
    {
        Execute(Small, "whole");
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Execute(Small, "stopped", new Canceller(stage, step, cancellation), cancellation));
        File.Exists(folder.File("stopped/result.json")).ShouldBeFalse();
        Execute(Small, "stopped");
        Result("stopped").ShouldBe(Result("whole"));
    }

    [Fact]
    public void Execute_AgainWithAnotherMethodAndBudget_TrainsWhatIsNewAlone()
    {
        Execute(Small, "compare");
        var again = new Counter();
        Execute(Small, "compare", again);
        again.Steps.ShouldBe(0);
        var more = Small with { Methods = ["mde", "measured", "spectral"], Budgets = ["80%", "65%", "60%"] };
        var (grown, whole) = (new Counter(), new Counter());
        Execute(more, "compare", grown);
        Execute(more, "whole", whole);
        grown.Steps.ShouldBeGreaterThan(0);
        grown.Steps.ShouldBeLessThan(whole.Steps / 2);
        Result("compare").ShouldBe(Result("whole"));
    }

    /// <summary>The same folder without a teacher, then with one: the full model, which teaches, stays; all others are trained anew, and both stand.</summary>
    [Fact]
    public void Execute_AgainWithDistillation_TeachesAllButTheFullModel()
    {
        var options = Small with { Methods = ["mde"], Budgets = ["65%"], Storages = ["int8"] };
        var plain = Execute(options, "compare").Models.Single();
        var taught = Execute(options with { Distillation = 0.5 }, "compare").Models.Single();
        taught.Full.Aucs.ShouldBe(plain.Full.Aucs);
        taught.Full.Distillation.ShouldBe(0);
        taught.Contenders.Select(contender => contender.Name).ShouldBe(["uniform+int8+distilled", "mde+int8+distilled"]);
        foreach (var (with, without) in taught.Contenders.Zip(plain.Contenders))
        {
            with.Result.Distillation.ShouldBe(0.5);
            with.Result.Dims.ShouldBe(without.Result.Dims);
            with.Result.DeployedEmbeddingBytes.ShouldBe(without.Result.DeployedEmbeddingBytes);
            for (var seed = 0; seed < 2; seed++) with.Result.Aucs[seed].ShouldNotBe(without.Result.Aucs[seed]);
        }

        var counter = new Counter();
        Execute(options, "compare", counter).Models.Single().Contenders.Select(contender => contender.Result.Auc).ShouldBe(plain.Contenders.Select(contender => contender.Result.Auc));
        counter.Steps.ShouldBe(0);
    }

    [Theory, InlineData("models", "lr", "no embedding vectors"), InlineData("methods", "none", "there is no method 'none'"), InlineData("storages", "int5", "--storages has 'int5'"), InlineData("budgets", "much", "budget 'much' is not a size")]
    public void Execute_OptionThatCannotBe_SaysWhy(string option, string value, string reason)
    {
        var options = option switch
        {
            "models" => Small with { Models = [value] },
            "methods" => Small with { Methods = [value] },
            "storages" => Small with { Storages = [value] },
            _ => Small with { Budgets = [value] },
        };
        Should.Throw<AutoDimException>(() => Execute(options, "compare")).Message.ShouldContain(reason);
    }

    /// <summary>Plans with masks: trained, packed and tested within their budgets, with every seed; what is stored of their tables is what was promised.</summary>
    [Fact]
    public void Execute_SparsePlans_KeepToTheirBudgets()
    {
        var model = Execute(Sparse, "sparse").Models.Single();
        var contenders = model.Contenders.Where(contender => contender.Method != "uniform").ToArray();
        contenders.Select(contender => contender.Method).Distinct().ShouldBe(["magnitude", "pep", "autosrh"]);
        foreach (var contender in contenders)
        {
            contender.Result.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(contender.BudgetBytes);
            contender.Result.Aucs.Count.ShouldBe(2);
            if (contender.Storage == RowStorage.Int8) continue; // all of it fits
            contender.Result.DeployedEmbeddingBytes.ShouldBeGreaterThan((long)(contender.BudgetBytes * 0.9));
            contender.Result.Forms.ShouldContain(form => form is SparseForm);
        }
    }

    /// <summary>A value's second vector, of its linear term, is masked as its first is: where that is zero it does not count.</summary>
    [Fact]
    public void Execute_SparsePlansOfValueVectors_KeepToTheirBudgets()
    {
        var model = Execute(Sparse with { Models = ["fwfm"], Methods = ["magnitude"], ModelOptions = Sparse.ModelOptions with { LinearTerm = LinearTerm.ValueVectors } }, "vectors").Models.Single();
        foreach (var contender in model.Contenders.Where(contender => contender.Method == "magnitude" && contender.Storage == RowStorage.Float32))
        {
            contender.Result.DeployedEmbeddingBytes.ShouldBeInRange((long)(contender.BudgetBytes * 0.9), contender.BudgetBytes);
            contender.Result.Forms.ShouldContain(form => form is SparseForm);
        }
    }

    /// <summary>Stopped in a method's own training, and in a training under its mask.</summary>
    [Theory, InlineData("pep", 40), InlineData("autosrh", 40), InlineData("plan-", 3)]
    public void Execute_SparsePlansCancelledAndResumed_SameResultApartFromTimes(string stage, int step)
    {
        Execute(Sparse, "whole");
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Execute(Sparse, "stopped", new Canceller(stage, step, cancellation), cancellation));
        Execute(Sparse, "stopped");
        Result("stopped").ShouldBe(Result("whole"));
    }

    /// <summary>Methods with a training of their own behind their search: stopped in it they go on to the same plans, which keep to their budgets.</summary>
    [Theory, InlineData("optembed"), InlineData("nis"), InlineData("nis-multi"), InlineData("autoemb")]
    public void Execute_SearchedPlansCancelledAndResumed_SameResultWithinBudget(string method)
    {
        var options = Small with { Methods = [method], Budgets = ["60%"], Storages = ["float32"], TuneL2 = [1e-5] };
        var whole = Execute(options, "whole");
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Execute(options, "stopped", new Canceller(method, 40, cancellation), cancellation));
        Execute(options, "stopped");
        Result("stopped").ShouldBe(Result("whole"));
        var contender = whole.Models.Single().Contenders.Single(contender => contender.Method == method);
        contender.Result.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(contender.BudgetBytes);
    }

    private static CompareOptions Sparse => Small with { Methods = ["magnitude", "pep", "autosrh"], Budgets = ["60%"], Storages = ["float32", "int8"], TuneL2 = [1e-5] };

    private string Result(string name) => RunRecords.Timeless(File.ReadAllText(folder.File($"{name}/result.json")));

    private ComparisonResult Execute(CompareOptions options, string name, RunObserver? observer = null, CancellationTokenSource? cancellation = null)
        => new Comparison(data, options, new RunFolder(folder.File(name)), pool, observer ?? new RunObserver()).Execute(cancellation?.Token ?? CancellationToken.None);
}
