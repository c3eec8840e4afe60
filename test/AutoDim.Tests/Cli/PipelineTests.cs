using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli;

/// <summary>The commands one after another, as a user runs them, on a small planted log.</summary>
public sealed partial class PipelineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lazy<PreparedClicks> small = new(() => new PreparedClicks());

    public void Dispose()
    {
        folder.Dispose();
        if (small.IsValueCreated) small.Value.Dispose();
    }

    [Fact]
    public void Demo_SmallLog_LeavesARunThatEveryCommandReads()
    {
        var run = folder.File("run");
        var demo = Good("demo", "--rows", "4000", "--out", run, "--json", "--quiet");
        var result = JsonNode.Parse(demo.Output)!;
        foreach (var key in (string[])["data", "model", "seeds", "full", "slim", "uniform", "aucDelta", "aucDeltaInterval", "ratio", "plan", "seconds", "stepsPerSecond"]) result[key].ShouldNotBeNull(key);
        foreach (var key in (string[])["auc", "aucStd", "logloss", "embeddingParameters", "embeddingBytes", "deployedEmbeddingBytes", "totalBytes", "peakRss"]) result["slim"]![key].ShouldNotBeNull(key);
        foreach (var file in (string[])["run.yaml", "plan.json", "metrics.jsonl", "result.json", "report.html", "model-card.md", "model/manifest.json"]) File.Exists(Path.Combine(run, file)).ShouldBeTrue(file);

        var clicks = Path.Combine(run, "data", "clicks");
        var evaluation = JsonNode.Parse(Good("evaluate", run, clicks, "--json").Output)!;
        ((double)evaluation["metrics"]!["auc"]!).ShouldBe((double)result["slim"]!["aucs"]![0]!, 1e-9);
        Good("predict", run, Path.Combine(run, "data", "clicks.csv"), "--out", folder.File("predictions"));
        var probabilities = File.ReadAllLines(Path.Combine(folder.File("predictions"), "predictions.csv")).Skip(1).Select(double.Parse).ToArray();
        probabilities.Length.ShouldBe(4000);
        probabilities.ShouldAllBe(p => p > 0 && p < 1);
        foreach (var place in (string[])[run, clicks, Path.Combine(run, "model"), Path.Combine(run, "plan.json")]) Good("inspect", place).Output.ShouldContain("user");
        Good("estimate", clicks, "--model", "fm").Output.ShouldContain("slim");
        var estimate = JsonNode.Parse(Good("estimate", clicks, "--model", "fm", "--search-candidates", "2,4,8,16", "--json").Output)!;
        ((double)estimate[0]!["peakBytes"]!).ShouldBe((double)result["full"]!["peakRss"]!, 0.35 * (double)result["full"]!["peakRss"]!);

        var again = Good("demo", "--rows", "4000", "--out", run, "--quiet", "--json");
        JsonNode.Parse(again.Output)!["slim"]!["aucs"]!.ToJsonString().ShouldBe(result["slim"]!["aucs"]!.ToJsonString());
        var listed = JsonNode.Parse(Good("runs", folder.Path, "--json").Output)!.AsArray().ShouldHaveSingleItem()!;
        ((double)listed["slimAuc"]!).ShouldBe((double)result["slim"]!["auc"]!);
        Good("report", run, run, "--page", folder.File("runs.html")).Output.ShouldContain("slim AUC");
        File.ReadAllText(folder.File("runs.html")).ShouldContain("<h1>2 runs</h1>");
        CommandLine.Run("report", run, clicks).Errors.ShouldContain("holds no finished run");

        var changed = CommandLine.Run("run", clicks, "--out", run, "--model", "deepfm");
        changed.ExitCode.ShouldBe(2);
        changed.Errors.ShouldContain("model was 'fm', now 'deepfm'");
    }

    [Fact]
    public void Demo_DataOnlyOfMoreValues_PreparesALogOfThemAndRunsNothing()
    {
        var demo = Good("demo", "--rows", "60000", "--values", "40000", "--data-only", "--out", folder.File("planted"), "--json", "--quiet");
        var rows = JsonNode.Parse(demo.Output)!["fields"]!.AsArray().ToDictionary(field => (string)field!["name"]!, field => (int)field!["rows"]!);
        rows["weekday"].ShouldBe(7 + 2);
        rows["user"].ShouldBeInRange(2000, 3100);
        Directory.GetFileSystemEntries(folder.File("planted")).Select(Path.GetFileName).Where(name => !name!.StartsWith('.')).ShouldBe(["data"]);
        Good("inspect", Path.Combine(folder.File("planted"), "data", "clicks")).Output.ShouldContain("user");

        var other = CommandLine.Run("demo", "--rows", "60000", "--data-only", "--out", folder.File("planted"));
        other.ExitCode.ShouldBe(2);
        other.Errors.ShouldContain("60000 rows, 40000 values of 12 fields, seed 1, not of 60000 rows, 12981 values");
    }

    [Fact]
    public void Train_ByAPlanOfForms_EveryCommandReadsWhatItLeaves()
    {
        const string Fields = """{"field": "user", "dim": 3, "form": "qr:4"}, {"field": "item", "dim": 4, "form": "mgqe:2:4:2"}, {"field": "tags", "dim": 4}, {"field": "price", "dim": 2}""";
        var plan = folder.File("hand.json");
        File.WriteAllText(plan, $$"""{"formatVersion": 1, "fields": [{{Fields}}]}""");
        Good("train", small.Value.Folder, "--model", "deepfm", "--hidden", "8", "--plan", plan, "--epochs", "2", "--out", folder.File("train"), "--quiet");
        foreach (var place in (string[])[plan, folder.File("train"), folder.File("train/model"), folder.File("train/plan.json")]) Good("inspect", place).Output.ShouldContain("mgqe:2:4:2");
        Good("evaluate", folder.File("train"), small.Value.Folder);
        Good("predict", folder.File("train"), small.Value.Later, "--out", folder.File("predictions"));
        File.ReadAllLines(Path.Combine(folder.File("predictions"), "predictions.csv")).Length.ShouldBe(File.ReadAllLines(small.Value.Later).Length);
        foreach (var format in (string[])["onnx", "npz", "safetensors"])
        {
            Good("export", folder.File("train"), "--format", format, "--out", folder.File(format));
            Good("inspect", folder.File(format), "--verify").Output.ShouldContain("every file is whole");
        }

        CommandLine.Run("compress", folder.File("train"), "--to", "50%", "--out", folder.File("smaller")).Errors.ShouldContain("made by a form (qr:4)");
        File.WriteAllText(plan, File.ReadAllText(plan).Replace("qr:4", "qr:0", StringComparison.Ordinal));
        var bad = CommandLine.Run("train", small.Value.Folder, "--plan", plan, "--out", folder.File("bad"));
        bad.ExitCode.ShouldBe(2);
        bad.Errors.ShouldContain("'qr:0' is no form of a field's rows: expected qr:REMAINDERS");
    }

    [Fact]
    public void Train_ByAPlanThenEvaluate_Succeeds()
    {
        var clicks = small.Value.Folder;
        Good("search", clicks, "--model", "fm", "--search-candidates", "1,3", "--search-epochs", "2", "--out", folder.File("search"), "--quiet");
        var train = Good("train", clicks, "--model", "fm", "--plan", Path.Combine(folder.File("search"), "plan.json"), "--epochs", "2", "--out", folder.File("train"), "--json", "--quiet");
        var trained = JsonNode.Parse(train.Output)!;
        trained["test"].ShouldBeNull();
        var valid = JsonNode.Parse(Good("evaluate", folder.File("train"), clicks, "--split", "valid", "--json").Output)!;
        ((double)valid["metrics"]!["auc"]!).ShouldBe((double)trained["valid"]!["auc"]!, 1e-9);
    }

    [Fact]
    public void Export_TrainedModel_EveryFormatIsCheckedAndRefusedBeyondTheTolerance()
    {
        var (train, place) = (folder.File("train"), folder.File("export"));
        Good("train", small.Value.Folder, "--model", "deepfm", "--dim", "4", "--hidden", "16,8", "--epochs", "1", "--out", train, "--quiet");
        foreach (var format in (string[])["onnx", "safetensors", "npz"])
        {
            var exported = JsonNode.Parse(Good("export", train, "--format", format, "--out", $"{place}-{format}", "--json").Output)!;
            ((double)exported["largestDifference"]!).ShouldBeLessThan(1e-5);
            exported["files"]!.AsArray().Select(file => (string)file!).ShouldBe(["golden.json", $"model.{format}", "schema.yaml", "vocabulary.bin"]);
            Good("inspect", $"{place}-{format}", "--verify").Output.ShouldContain("every file is whole");
        }

        var named = Good("export", train, "--out", Path.Combine(place, "ctr.onnx"), "--external-above", "100");
        named.Output.ShouldContain("ctr.onnx.data");
        var refused = CommandLine.Run("export", train, "--tolerance", "0", "--out", folder.File("refused"));
        refused.ExitCode.ShouldBe(2);
        refused.Errors.ShouldContain("more than the tolerance 0 apart");
        Directory.Exists(folder.File("refused")).ShouldBeFalse();
        CommandLine.Run("export", train, "--format", "pmml").Errors.ShouldContain("onnx, safetensors, npz");
        CommandLine.Run("export", folder.File("nowhere")).Errors.ShouldContain("holds no model");
    }

    [Fact]
    public void Compare_SmallLog_TableReportAndJsonThenAGoal()
    {
        var clicks = small.Value.Folder;
        string[] options = ["--epochs", "2", "--tune-l2", "1e-4", "--methods", "mde", "--storages", "float32,int8", "--search-candidates", "1,2,8", "--quiet"];
        var compared = Good(["compare", clicks, "--models", "fm", "--budgets", "70%", "--seeds", "2", "--out", folder.File("compare"), "--json", .. options]);
        JsonNode.Parse(compared.Output)!["models"]![0]!["contenders"]!.AsArray().Select(contender => $"{contender!["method"]} {contender["storage"]}").ShouldBe(["uniform Float32", "uniform Int8", "mde Float32", "mde Int8"]);
        File.Exists(Path.Combine(folder.File("compare"), "report.html")).ShouldBeTrue();
        var full = JsonNode.Parse(compared.Output)!["models"]![0]!["full"]!;
        var paper = Good(["compare", clicks, "--models", "fm", "--budgets", "70%", "--seeds", "2", "--out", folder.File("compare"), "--paper", .. options]).Output;
        paper.ShouldContain("FDE");
        paper.ShouldContain(FormattableString.Invariant($"{(double)full["auc"]!:F4} / {(double)full["logloss"]!:F4} / {(long)full["embeddingParameters"]! / 1e6:G3}"));
        var run = JsonNode.Parse(Good(["run", clicks, "--model", "fm", "--budget", "55%", "--out", folder.File("run"), "--json", .. options.Select(option => option == "float32,int8" ? "int8" : option)]).Output)!;
        ((string)run["slim"]!["storage"]!).ShouldBe("int8");
        var evaluation = JsonNode.Parse(Good("evaluate", folder.File("run"), clicks, "--json").Output)!;
        ((double)evaluation["metrics"]!["auc"]!).ShouldBe((double)run["slim"]!["auc"]!, 1e-9);
        var compressed = JsonNode.Parse(Good("compress", folder.File("run"), "--to", "90%", "--storages", "int4", "--data", clicks, "--test", "--out", folder.File("compressed"), "--json", "--quiet").Output)!;
        ((long)compressed["bytesAfter"]!).ShouldBeLessThanOrEqualTo((long)compressed["bytesBefore"]! * 90 / 100);
        evaluation = JsonNode.Parse(Good("evaluate", folder.File("compressed"), clicks, "--json").Output)!;
        ((double)evaluation["metrics"]!["auc"]!).ShouldBe((double)compressed["test"]!["after"]!["auc"]!, 1e-9);
    }

    [Fact]
    public void Run_TwiceInOneFolderAtOnce_TheSecondIsRefused()
    {
        var clicks = small.Value.Folder;
        var (place, lockFile) = (folder.File("run"), Path.Combine(folder.File("run"), ".lock"));
        using var first = CommandLine.Start("train", clicks, "--epochs", "10000", "--patience", "1000", "--out", place, "--quiet");
        try
        {
            CommandLine.WaitFor(() => File.Exists(lockFile), first);
            var second = CommandLine.Run("train", clicks, "--epochs", "10000", "--patience", "1000", "--out", place);
            second.ExitCode.ShouldBe(2);
            second.Errors.ShouldContain($"another autodim (process {first.Id} since ");
        }
        finally
        {
            first.Kill();
            first.WaitForExit();
        }
    }

    [Fact]
    public void Train_Interrupted_StopsCleanlyAndGoesOnToTheSameResult()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent as on Unix");
        var clicks = small.Value.Folder;
        string[] Arguments(string place) => ["train", clicks, "--model", "fm", "--dim", "4", "--epochs", "60", "--patience", "60", "--batch-size", "64", "--out", place, "--quiet"];
        var whole = Good([.. Arguments(folder.File("whole")), "--json"]);
        using (var process = CommandLine.Start(Arguments(folder.File("cut"))))
        {
            CommandLine.WaitFor(() => Directory.Exists(Path.Combine(folder.File("cut"), "checkpoint")), process);
            Kill(process.Id, 2).ShouldBe(0);
            process.WaitForExit();
            process.ExitCode.ShouldBe(130, process.StandardError.ReadToEnd());
        }

        var resumed = Good([.. Arguments(folder.File("cut")), "--json"]);
        double Auc(CommandLine.Outcome outcome) => (double)JsonNode.Parse(outcome.Output)!["valid"]!["auc"]!;
        Auc(resumed).ShouldBe(Auc(whole));
        File.ReadAllBytes(Weights("cut")).ShouldBe(File.ReadAllBytes(Weights("whole")));

        string Weights(string place) => Directory.GetFiles(Path.Combine(folder.File(place), "model"), "weights-*").Single();
    }

    private static CommandLine.Outcome Good(params string[] arguments)
    {
        var outcome = CommandLine.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
