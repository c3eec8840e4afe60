using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Reports;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

/// <summary>Tiny whole runs.</summary>
public sealed class RunTests : IDisposable
{
    private static readonly RunOptions Small = new()
    {
        TuneL2 = [1e-5, 1e-2],
        ModelOptions = new ModelOptions { Hidden = [8], InitialDeviation = 0.1 },
        Training = new TrainingOptions { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } },
        Search = new AutoDimOptions { Candidates = [1, 2, 4], Epochs = 2, AlphaLearningRate = 0.05 },
    };

    private readonly PreparedClicks clicks = new();
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public RunTests() => data = clicks.Open();

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        data.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void Execute_WholeRun_LeavesEverythingTheIssueNames()
    {
        Execute(Small, "run");
        var result = JsonNode.Parse(File.ReadAllText(File_("result.json")))!.AsObject();
        foreach (var key in (string[])["data", "model", "seeds", "full", "slim", "uniform", "aucDelta", "aucDeltaInterval", "ratio", "plan", "seconds", "stepsPerSecond"]) result.ShouldContainKey(key);
        foreach (var variant in (string[])["full", "slim"])
        {
            foreach (var key in (string[])["auc", "aucStd", "logloss", "embeddingParameters", "embeddingBytes", "deployedEmbeddingBytes", "totalBytes", "peakRss"]) result[variant]!.AsObject().ShouldContainKey(key);
        }

        foreach (var key in (string[])["dim", "auc", "embeddingBytes"]) result["uniform"]![0]!.AsObject().ShouldContainKey(key);
        foreach (var key in (string[])["prepare", "full", "search", "retrain"]) result["seconds"]!.AsObject().ShouldContainKey(key);
        result["aucDeltaInterval"]!.AsArray().Count.ShouldBe(2);
        result["plan"]!.AsArray().Select(row => (string)row!["field"]!).ShouldBe(["user", "item", "tags", "price"]);
        foreach (var key in (string[])["field", "rows", "dim", "bytes"]) result["plan"]![0]!.AsObject().ShouldContainKey(key);
        ((double)result["full"]!["auc"]!).ShouldBeGreaterThan(0.55);
        ((double)result["seconds"]!["prepare"]!).ShouldBe(1.5);

        var plan = PlanFile.Load(File_("plan.json"), data);
        plan.Fields.Select(item => item.Dim).ShouldBe(result["plan"]!.AsArray().Select(row => (int)row!["dim"]!));
        foreach (var line in File.ReadLines(File_("metrics.jsonl"))) JsonNode.Parse(line)!.AsObject().ShouldContainKey("stage");
        PlanFile.Read(File_("plan.json")).Fields.ShouldAllBe(entry => entry.Explanation != null && entry.Explanation.SingleFieldAuc > 0.4 && entry.Explanation.RareTraffic < 1);
        File.ReadAllText(File_("report.html")).ShouldContain("<h2>Reasons</h2>");
        File.ReadAllText(File_("report.html")).ShouldContain("</html>");
        File.ReadAllText(File_("model-card.md")).ShouldContain("the test split was read once");
    }

    [Fact]
    public void Execute_WholeRun_ExportsTheModelThatWasTested()
    {
        var result = Execute(Small, "run");
        using var model = TrainedModel.Load(File_("model"), pool);
        using var scorer = new Scorer(model.Model, 100);
        AutoDim.Evaluation.Auc.Compute(scorer.Score(data.Test), Labels.Of(data.Test)).ShouldBe(result.Slim.Auc);
        var raw = model.ScoreFile(clicks.Later, new BadRows(BadRowPolicy.Fail, null), 64).SelectMany(part => part.Logits).ToArray();
        raw.ShouldBe(scorer.Score(data.Test));
        PlanBytes.Of(PlanFile.Load(File_("plan.json"), data), data.Fields, LinearRow.Weight).Deployed.ShouldBe(result.Slim.DeployedEmbeddingBytes);
    }

    /// <summary>Stopped in a taught training and gone on with; what was taught says so.</summary>
    [Fact]
    public void Execute_DistillationCancelledAndResumed_SameResultApartFromTimes()
    {
        var options = Small with { Distillation = 0.5, Confirm = 1 };
        var whole = Execute(options, "whole");
        Cancel(options, "slim-ZeroPadding", 12);
        Execute(options, "run");
        RunRecords.Timeless(File.ReadAllText(File_("result.json"))).ShouldBe(RunRecords.Timeless(File.ReadAllText(folder.File("whole/result.json"))));
        (whole.Full.Distillation, whole.Slim.Distillation, whole.Uniform[0].Distillation).ShouldBe((0, 0.5, 0.5));
        File.ReadAllText(File_("model-card.md")).ShouldContain("learned from its predictions too (50");
        using var model = TrainedModel.Load(File_("model"), pool);
        model.Manifest.Training.Distillation.ShouldBe(0.5);
        Execute(Small with { Confirm = 1 }, "alone").Slim.Auc.ShouldNotBe(whole.Slim.Auc);
    }

    [Fact]
    public void Execute_AgainInTheSameFolder_TrainsNothingAnew()
    {
        Execute(Small, "run");
        var before = File.ReadAllText(File_("result.json"));
        var counter = new Counter();
        Execute(Small, "run", counter);
        counter.Steps.ShouldBe(0);
        RunRecords.Timeless(File.ReadAllText(File_("result.json"))).ShouldBe(RunRecords.Timeless(before));
    }

    [Theory]
    [InlineData("full", 1), InlineData("full", 17), InlineData("full-l2-0.01", 3), InlineData("search", 1), InlineData("search", 9)]
    [InlineData("slim-Linear", 4), InlineData("slim-ZeroPadding", 12), InlineData("uniform", 6)]
    public void Execute_CancelledAndResumed_SameResultApartFromTimes(string stage, int step)
    {
        var options = Small with { Confirm = 1 }; // the plan as searched, which is not uniform
        Execute(options, "whole");
        Cancel(options, stage, step);
        File.Exists(File_("result.json")).ShouldBeFalse();
        Execute(options, "run");
        RunRecords.Timeless(File.ReadAllText(File_("result.json"))).ShouldBe(RunRecords.Timeless(File.ReadAllText(folder.File("whole/result.json"))));
        File.ReadAllText(File_("plan.json")).ShouldBe(File.ReadAllText(folder.File("whole/plan.json")));
    }

    [Fact]
    public void Execute_SeveralSeedsBaselinesAndInheriting_CancelledInEachStage_SameResultApartFromTimes()
    {
        var options = Small with { Seeds = 2, Baselines = Baselines.All, TuneL2 = [1e-4], Inherit = true, Projection = Projection.ZeroPadding };
        var result = Execute(options, "whole");
        result.Seeds.Count.ShouldBe(2);
        result.IntervalMethod.ShouldBe("Student");
        result.Others.Select(variant => variant.Name).ShouldBe(["autodim-argmax", "autodim-s", "random"]); // maps, first-order weights and vocabulary alone take more than half of the bytes
        var uniform = Path.GetFileName(Directory.GetFiles(folder.File("whole/stages"), "uniform-*").Order(StringComparer.Ordinal).First()); // which there are depends on the plan that was found
        foreach (var stage in (string[])["full", "search", "slim", "search-single-level", "random-1", uniform[..uniform.IndexOf("-l2", StringComparison.Ordinal)]]) Cancel(options, stage, 2);
        Execute(options, "run");
        RunRecords.Timeless(File.ReadAllText(File_("result.json"))).ShouldBe(RunRecords.Timeless(File.ReadAllText(folder.File("whole/result.json"))));
    }

    [Fact]
    public void Execute_PlanLosesMoreThanItMay_EveryFieldGoesUpUntilItDoesNot()
    {
        var searched = Execute(Small with { Confirm = 1, Baselines = Baselines.None }, "searched");
        var confirmed = Execute(Small with { Confirm = 0, Baselines = Baselines.None }, "confirmed");
        confirmed.Plan.Zip(searched.Plan).ShouldAllBe(pair => pair.First.Dim >= pair.Second.Dim);
        (confirmed.Slim.ValidAuc >= confirmed.Full.ValidAuc || confirmed.Plan.All(row => row.Dim == Math.Min(4, row.Rows))).ShouldBeTrue();
    }

    [Fact]
    public void Execute_Budget_DeployedBytesStayWithinIt()
    {
        var result = Execute(Small with { Budget = "60%", Baselines = Baselines.None }, "run");
        result.Slim.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(result.BudgetBytes!.Value);
        result.BudgetBytes.ShouldBe(result.Full.DeployedEmbeddingBytes * 60 / 100);
        result.Uniform.ShouldBeEmpty();
    }

    [Fact]
    public void Execute_Budget_TheBestOfSeveralMethodsOnValidationIsExportedAndResumes()
    {
        var options = Small with { Budget = "50%", Methods = ["autodim", "measured", "mde", "uniform"], Storages = ["int8", "int4"], Search = Small.Search with { Candidates = [1, 2, 8] } };
        var notes = new Notes();
        var result = Execute(options, "whole", notes);
        result.Slim.Storage.ShouldBeOneOf("int8", "int4");
        notes.Texts.ShouldContain(text => text.StartsWith("within ", StringComparison.Ordinal) && text.Contains("measured+int8", StringComparison.Ordinal));
        RunSummary.Sentence(result).ShouldContain($"on validation that was {result.Method}'s, with {result.Slim.Storage} rows");
        var weights = Directory.GetFiles(folder.File("whole/model"), "weights-*").Single();
        var dense = result.Slim.TotalBytes - result.Slim.DeployedEmbeddingBytes;
        (new FileInfo(weights).Length - TensorFile.HeadBytes(weights) - dense).ShouldBe(result.Slim.DeployedEmbeddingBytes - data.Fields.Sum(field => field.VocabularyBytes));
        using var predictor = Predictor.Load(folder.File("whole"));
        AutoDim.Evaluation.Auc.Compute(predictor.Predict(data.Test), Labels.Of(data.Test)).ShouldBe(result.Slim.Auc, 1e-6);
        foreach (var stage in (string[])["full", "search", "plan-", "uniform-"]) Cancel(options, stage, 2);
        Execute(options, "run");
        RunRecords.Timeless(File.ReadAllText(File_("result.json"))).ShouldBe(RunRecords.Timeless(File.ReadAllText(folder.File("whole/result.json"))));
    }

    /// <summary>Two bits are asked of methods that round in training alone.</summary>
    [Fact]
    public void Execute_BudgetOfTwoBits_RoundedRowsAreExportedAndScoreAsTested()
    {
        var notes = new Notes();
        var result = Execute(Small with { Budget = "40%", Methods = ["uniform", "rounded"], Storages = ["int2"], Baselines = Baselines.None }, "run", notes);
        (result.Method, result.Slim.Storage).ShouldBe(("rounded", "int2"));
        notes.Texts.ShouldNotContain(text => text.Contains("uniform+int2", StringComparison.Ordinal));
        using var predictor = Predictor.Load(folder.File("run"));
        AutoDim.Evaluation.Auc.Compute(predictor.Predict(data.Test), Labels.Of(data.Test)).ShouldBe(result.Slim.Auc, 1e-6);
        Should.Throw<AutoDimException>(() => Execute(Small with { Budget = "40%", Methods = ["uniform"], Storages = ["int3", "int2"] }, "none")).Message.ShouldContain("add measured-rounded or rounded");
    }

    /// <summary>A plan that mixes storages has none for uniform dimensions to copy: they get the one in which validation has them best.</summary>
    [Fact]
    public void Execute_BudgetOfMixedStorages_UniformBaselineHasTheStorageThatSuitsIt()
    {
        var notes = new Notes();
        var result = Execute(Small with { Budget = "60%", Methods = ["measured-blocks-mixed"], Storages = ["int2", "int4", "int8"] }, "run", notes);
        result.Method.ShouldBe("measured-blocks-mixed");
        var tried = Regex.Matches(notes.Texts.Single(text => text.StartsWith("uniform dimensions do best in ", StringComparison.Ordinal)), @"(int\d) (\d\.\d+)")
            .Select(match => (Storage: match.Groups[1].Value, Auc: double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))).ToArray();
        tried.Select(trial => trial.Storage).ShouldBe(["int2", "int4", "int8"]);
        var uniform = result.Uniform.ShouldHaveSingleItem();
        (uniform.Storage, Math.Round(uniform.ValidAuc, 5)).ShouldBe(tried.MaxBy(trial => trial.Auc));
        uniform.Storage.ShouldNotBe("int2"); // that of the plan's request
    }

    /// <summary>At two bits a number the slim model takes fewer bytes than any plan of float32 rows.</summary>
    [Fact]
    public void Execute_BaselinesWithoutRoom_LeftOutWithANote()
    {
        var notes = new Notes();
        var result = Execute(Small with { Budget = "40%", Methods = ["rounded"], Storages = ["int2"], Baselines = Baselines.All }, "run", notes);
        result.Others.Select(variant => variant.Name).ShouldBe(["autodim-argmax", "autodim-s"]);
        notes.Texts.ShouldContain(text => text.StartsWith("no random plan fits into", StringComparison.Ordinal));
    }

    /// <summary>Where first-order weights take a tenth of the answer, its method is asked again without them, and validation decides.</summary>
    [Theory, InlineData("40%", true), InlineData("30%", false)]
    public void Execute_BudgetWhoseAnswerIsATenthWeights_TheTermIsReadFromVectorsWhereThatIsBetter(string budget, bool reads)
    {
        var options = Small with { TuneL2 = [1e-5], Budget = budget, Seeds = 2, Methods = ["uniform"], Storages = ["int8", "int4"] };
        var notes = new Notes();
        var result = Execute(options, "whole", notes);
        notes.Texts.ShouldContain(text => text.EndsWith("uniform is asked again with the term read from the vectors", StringComparison.Ordinal));
        double[] best = [.. notes.Texts.Where(text => text.StartsWith("within ", StringComparison.Ordinal)).Select(text => Regex.Matches(text, @"int\d (\d\.\d+)").Max(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)))];
        best.Length.ShouldBe(2);
        (best[1] > best[0], result.ReadsFirstOrder).ShouldBe((reads, reads));
        RunSummary.Sentence(result).Contains("--first-order field-vectors", StringComparison.Ordinal).ShouldBe(reads);
        result.Slim.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(result.BudgetBytes!.Value);
        (result.Slim.EmbeddingBytes == result.Plan.Sum(row => row.Bytes)).ShouldBe(reads);
        result.Uniform.ShouldHaveSingleItem().EmbeddingBytes.ShouldBe(result.Slim.EmbeddingBytes); // with a weight for each value it would have more
        using var predictor = Predictor.Load(folder.File("whole"));
        AutoDim.Evaluation.Auc.Compute(predictor.Predict(data.Test), Labels.Of(data.Test)).ShouldBe(result.Slim.Aucs[0], 1e-6);
        ModelManifest.Load(folder.File("whole/model")).Options.FirstOrder.ShouldBe(reads ? FirstOrderTerm.FieldVectors : FirstOrderTerm.ValueWeights);
        Cancel(options, $"{GoalAnswers.FromVectors}-full", 2);
        Execute(options, "run");
        RunRecords.Timeless(File.ReadAllText(File_("result.json"))).ShouldBe(RunRecords.Timeless(File.ReadAllText(folder.File("whole/result.json"))));
    }

    /// <summary>A run's plan is all that training needs to make the run's model again: masks are found beside it, and it says which first-order term it is for.</summary>
    [Theory, InlineData("measured-blocks-mixed", "60%", "int2", false), InlineData("uniform", "40%", "int8", true), InlineData("magnitude", "70%", "float32", true)]
    public void Execute_TrainingByItsPlan_GivesTheSameModel(string method, string budget, string storage, bool reads)
    {
        var run = Small with { TuneL2 = [1e-5], Budget = budget, Methods = [method], Storages = [storage], Distillation = 0, Baselines = Baselines.None };
        if (reads) run = run with { ModelOptions = run.ModelOptions with { FirstOrder = FirstOrderTerm.FieldVectors } };
        var result = Execute(run, "run");
        var options = new TrainJobOptions { Plan = File_("plan.json"), Test = true, ModelOptions = Small.ModelOptions, Training = run.Training with { Tables = run.Training.Tables with { L2 = 1e-5 } } }.AsGiven(_ => false);
        var trained = new TrainJob(data, options, new RunFolder(folder.File("trained")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        (result.ReadsFirstOrder, trained.Test!.Auc, trained.Test.DeployedEmbeddingBytes).ShouldBe((reads, result.Slim.Auc, result.Slim.DeployedEmbeddingBytes));
        PlanFile.Read(folder.File("trained/plan.json")).ReadsFirstOrder.ShouldBe(reads);
        (options with { ModelOptions = Small.ModelOptions }).AsGiven(name => name == "first-order").ModelOptions.FirstOrder.ShouldBe(FirstOrderTerm.ValueWeights);
        File.Copy(File_("plan.json"), folder.File("alone.json"));
        if (method != "magnitude") return;
        Should.Throw<AutoDimException>(() => new TrainJob(data, options with { Plan = folder.File("alone.json") }, new RunFolder(folder.File("alone")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken)).Message.ShouldContain("train by the plan.json of that folder");
    }

    /// <summary>Of two models within the tolerance the smaller; a model that was asked for without weights is not asked twice.</summary>
    [Fact]
    public void Execute_WithinATolerance_WithoutWeightsWhereThatIsSmaller()
    {
        var options = Small with { TuneL2 = [1e-5], Within = "30%", Seeds = 2, Methods = ["uniform"], Storages = ["int8", "int4"], Baselines = Baselines.None };
        var result = Execute(options, "run");
        result.ReadsFirstOrder.ShouldBeTrue();
        (result.Full.ValidAuc - result.Slim.ValidAuc).ShouldBeLessThanOrEqualTo(0.3);
        StageRecord.Read(Directory.GetFiles(File_("stages"), "uniform-*-int8.json").MinBy(path => new FileInfo(path).Length)!, RunJson.Default.TrainedVariant).DeployedEmbeddingBytes.ShouldBeGreaterThan(result.Slim.DeployedEmbeddingBytes);
        Execute(options with { ModelOptions = options.ModelOptions with { FirstOrder = FirstOrderTerm.FieldVectors } }, "vectors");
        Directory.Exists(folder.File($"vectors/{GoalAnswers.FromVectors}")).ShouldBeFalse();
    }

    [Theory, InlineData("qr"), InlineData("dpq"), InlineData("mgqe")]
    public void Execute_BudgetByAForm_ModelInTheFolderScoresAsTested(string method)
    {
        var result = Execute(Small with { Budget = "80%", Methods = [method], Storages = ["float32"], Baselines = Baselines.None }, "run");
        result.Slim.DeployedEmbeddingBytes.ShouldBeLessThanOrEqualTo(result.BudgetBytes!.Value);
        result.Plan.ShouldContain(row => row.Form != null);
        using var predictor = Predictor.Load(folder.File("run"));
        AutoDim.Evaluation.Auc.Compute(predictor.Predict(data.Test), Labels.Of(data.Test)).ShouldBe(result.Slim.Auc, 1e-6);
    }

    [Fact]
    public void New_GoalOrMethodThatCannotBeRead_SaidBeforeAnythingIsTrained()
    {
        foreach (var (options, reason) in ((RunOptions, string)[])[(Small with { Budget = "much" }, "budget 'much'"), (Small with { Within = "x" }, "--within is 'x'"), (Small with { Budget = "5%", Within = "1%" }, "state one"),
            (Small with { Methods = ["magic"] }, "no method 'magic'"), (Small with { Storages = ["int5"] }, "--storages has 'int5'")])
        {
            Should.Throw<AutoDimException>(() => new Run(data, options, new RunFolder(folder.File("none")), pool, new RunObserver())).Message.ShouldContain(reason);
        }
    }

    [Fact]
    public void Execute_Within_TheSmallestModelThatKeepsToItOverAllSeeds()
    {
        var loose = Execute(Small with { Within = "50%", Seeds = 2, Methods = ["uniform"], Baselines = Baselines.None }, "loose");
        loose.Slim.DeployedEmbeddingBytes.ShouldBeLessThan(loose.Full.DeployedEmbeddingBytes * 7 / 10);
        loose.Within.ShouldBe("0.5 of AUC");
        loose.Tolerance.ShouldBe(0.5);
        var (low, high) = (loose.ValidAucDeltaInterval![0], loose.ValidAucDeltaInterval[1]);
        ((low + high) / 2).ShouldBe(loose.Slim.ValidAuc - loose.Full.ValidAuc, 1e-6);
        var tight = Execute(Small with { Within = "0.01%", Seeds = 2, Methods = ["uniform"], Baselines = Baselines.None }, "tight");
        (tight.Full.ValidAuc - tight.Slim.ValidAuc).ShouldBeLessThanOrEqualTo(0.0001);
        tight.Slim.DeployedEmbeddingBytes.ShouldBeGreaterThanOrEqualTo(loose.Slim.DeployedEmbeddingBytes);
        var byLogloss = Execute(Small with { WithinLogloss = 0.001, Methods = ["measured"], Baselines = Baselines.None }, "logloss");
        byLogloss.Within.ShouldBe("0.001 of logloss");
        (byLogloss.Tolerance, byLogloss.ValidAucDeltaInterval).ShouldBe((null, null));
    }

    [Theory]
    [InlineData("0.1%", "50%", null, "are different goals"), InlineData("none", null, null, "--within is 'none'"), InlineData("2", null, null, "--within is '2'"), InlineData(null, "1%", null, "no plan within")]
    [InlineData(null, "50%", "sparse", "there is no method 'sparse'")]
    public void Execute_GoalThatCannotBe_SaysWhy(string? within, string? budget, string? method, string reason)
    {
        var options = Small with { TuneL2 = [1e-5], Within = within, Budget = budget, Methods = [method ?? "uniform"] };
        Should.Throw<AutoDimException>(() => Execute(options, "run")).Message.ShouldContain(reason);
    }

    [Fact]
    public void Execute_RecordWithoutANewerSetting_GoesOnWithItsDefaultAlone()
    {
        Cancel(Small, "full", 1);
        File.WriteAllLines(File_(RunRecord.Name), File.ReadAllLines(File_(RunRecord.Name)).Where(line => !line.StartsWith("cross-layers:", StringComparison.Ordinal)));
        Should.Throw<AutoDimException>(() => Execute(Small with { ModelOptions = Small.ModelOptions with { CrossLayers = 5 } }, "run")).Message.ShouldContain("cross-layers was '3', now '5'");
        Cancel(Small, "full", 1);
    }

    [Fact]
    public void Execute_OtherOptionsOrDataInTheSameFolder_Refused()
    {
        Cancel(Small, "full", 1);
        Should.Throw<AutoDimException>(() => Execute(Small with { Model = "fm" }, "run")).Message.ShouldContain("model was 'deepfm', now 'fm'");
        Should.Throw<AutoDimException>(() => Execute(Small with { Training = Small.Training with { LearningRate = 0.02 } }, "run")).Message.ShouldContain("another run");
        using var otherClicks = new PreparedClicks(rows: 500);
        using var other = otherClicks.Open();
        Should.Throw<AutoDimException>(() => new Run(other, Small, new RunFolder(folder.File("run")), pool, new RunObserver()).Execute(0, TestContext.Current.CancellationToken)).Message.ShouldContain("another run");
    }

    [Theory, InlineData("lr", "has no embedding vectors"), InlineData("mlp", "there is no model 'mlp'")]
    public void Constructor_ModelThatCannotBeSearched_SaysWhy(string model, string reason)
        => Should.Throw<AutoDimException>(() => new Run(data, Small with { Model = model }, new RunFolder(folder.Path), pool, new RunObserver())).Message.ShouldContain(reason);

    private string File_(string name) => Path.Combine(folder.Path, "run", name);

    private RunResult Execute(RunOptions options, string name, RunObserver? observer = null, CancellationTokenSource? cancellation = null)
        => new Run(data, options, new RunFolder(folder.File(name)), pool, observer ?? new RunObserver()).Execute(1.5, cancellation?.Token ?? CancellationToken.None);

    private void Cancel(RunOptions options, string stage, int step)
    {
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Execute(options, "run", new Canceller(stage, step, cancellation), cancellation), $"{stage} never came to step {step}");
    }
}
