using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoDim.Demo;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Reliability;

/// <summary>What commands are estimated to take, beside what they take. In the long form on several data sets of shared/data and the demo's log too.</summary>
[Trait("Category", Support.Reliability.Category), Collection(nameof(Alone))]
public sealed class MemoryEstimateTests : IDisposable
{
    private const string Schema = "label: {column: click}\nsplit: {by: random, valid: 0.1, test: 0.1}\nfields: [{column: user}, {column: item}, {column: hour}]\n";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Rows to prepare, rows to read once there is a model, and how that, DeepFM, is trained.</summary>
    private sealed record Source(string Name, string[] Prepare, string NewRows, string[] Training)
    {
        /// <summary>Whether several trainings of it take too long here.</summary>
        public bool IsLarge { get; init; }
    }

    /// <summary>Every stage of a run, in a process of its own, on tables that are most of what it takes.</summary>
    [Fact]
    public void Run_EveryStage_TakesNoMoreThanEstimatedAndAFifth()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a stage's peak is measured on Linux alone");
        var (rows, users) = (Support.Reliability.Times(20_000, 400_000), Support.Reliability.Times(15_000, 300_000));
        WriteLog(folder.File("clicks.csv"), rows, users);
        File.WriteAllText(folder.File("schema.yaml"), Schema);
        Good("prepare", folder.File("clicks.csv"), "--schema", folder.File("schema.yaml"), "--out", folder.File("data"), "--quiet");
        string[] options = ["--model", "deepfm", "--hidden", "64,64", "--search-candidates", "2,8,32", "--tune-l2", "1e-5"];
        var estimates = JsonNode.Parse(Good(["estimate", folder.File("data"), .. options, "--json"]))!.AsArray();
        var result = JsonNode.Parse(Good(["run", folder.File("data"), .. options, "--epochs", "2", "--search-epochs", "2", "--out", folder.File("run"), "--json", "--quiet"]))!;
        (string Stage, double Taken)[] stages =
        [
            ("full", (double)result["full"]!["peakRss"]!), ("search", (double)result["searchPeakRss"]!), ("slim (at most)", (double)result["slim"]!["peakRss"]!), ("uniform (at most)", (double)result["uniform"]![0]!["peakRss"]!),
        ];
        List<string[]> told = [];
        foreach (var (stage, taken) in stages)
        {
            var estimate = (double)estimates.Single(item => (string)item!["stage"]! == stage)!["peakBytes"]!;
            told.Add([stage, Megabytes(estimate), Megabytes(taken), Share(taken, estimate)]);
            taken.ShouldBeLessThan(1.2 * estimate, stage);
        }

        Support.Reliability.Record("memory", Support.Reliability.Table(["stage", "estimated, MB", "taken, MB", "share"], told));
    }

    /// <summary>What a command is refused by, with too little memory, beside what it takes with none given.</summary>
    [Fact]
    public async Task Commands_OnDataOfSeveralShapes_TakeNoMoreThanEstimatedAndAFifth()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a process's peak is read from /proc");
        List<(string Source, string Command, double Estimated, double Taken)> seen = [];
        var sources = Support.Reliability.IsLong ? [MadeUp(), Demo(), Libfm("frappe"), Libfm("ml10m-tags"), Libfm("ml1m"), Csv("criteo-8k", "train.tsv", "criteo"), Csv("amazon-employee", "amazon.csv", "amazon-employee")] : (Source[])[MadeUp()];
        foreach (var source in sources)
        {
            foreach (var (command, arguments) in Commands(source)) seen.Add((source.Name, command, Estimated(arguments), Peak(arguments)));
        }

        var users = MadeUpUsers;
        seen.Add((sources[0].Name, "serve", Estimated("serve", Place(sources[0], "run")), await Served(Place(sources[0], "run"), users)));
        Support.Reliability.Record("memory-commands", Table(seen, [.. sources.Select(source => source.Name)]));
        foreach (var (source, command, estimated, taken) in seen)
        {
            taken.ShouldBeLessThan(1.2 * estimated, $"{source}, {command}");
            taken.ShouldBeGreaterThan(0.3 * estimated, $"{source}, {command}"); // an estimate that refuses what would go well is of no use
        }
    }

    /// <summary>Of every command that has the option, before there is any folder of its.</summary>
    [Fact]
    public void Memory_LessThanEstimated_RefusedBeforeAnythingIsMade()
    {
        using var clicks = new PreparedClicks(rows: 300);
        string[] quick = ["--epochs", "1", "--quiet"], search = ["--search-epochs", "1"];
        var model = folder.File("model");
        Good(["train", clicks.Folder, "--model", "fm", "--dim", "4", .. quick, "--out", model]);
        Good("export", model, "--format", "npz", "--out", folder.File("tables"));
        foreach (var (name, arguments) in ((string, string[])[])[
            ("run", ["run", clicks.Folder, "--model", "fm", "--tune-l2", "1e-4", .. search, .. quick]), ("train", ["train", clicks.Folder, "--model", "fm", .. quick]), ("search", ["search", clicks.Folder, "--model", "fm", .. search, "--quiet"]),
            ("compare", ["compare", clicks.Folder, "--models", "fm", "--methods", "mde", "--budgets", "50%", "--storages", "float32", "--seeds", "1", "--tune-l2", "1e-4", .. quick]), ("sweep", ["sweep", clicks.Folder, "--model", "fm", "--trials", "2", .. quick]),
            ("evaluate", ["evaluate", model, clicks.Folder]), ("predict", ["predict", model, clicks.Csv]), ("drift", ["drift", model, "--data", clicks.Csv]), ("update", ["update", model, "--data", clicks.Csv, "--quiet"]),
            ("compress", ["compress", model, "--to", "60%", "--data", clicks.Folder, "--quiet"]), ("compress tables", ["compress", folder.File("tables/model.npz"), "--tables", "embedding.user", "--to", "10kB", "--quiet"])])
        {
            string[] all = [.. arguments, "--out", folder.File(name)];
            var refused = CommandLine.Run([.. all, "--memory", "20MB"]);
            refused.ExitCode.ShouldBe(2, refused.Errors);
            refused.Errors.TrimEnd().ShouldMatch("^autodim: .* would take about .*B of memory, more than --memory 20MB; [a-z][^\n]*$");
            Directory.Exists(folder.File(name)).ShouldBeFalse(name);
            Good([.. all, "--memory", "90%"]);
        }

        CommandLine.Run("run", clicks.Folder, "--memory", "much").Errors.ShouldContain("--memory 'much' is not a size above 0");
    }

    /// <summary>In an order in which each finds what it needs.</summary>
    private IEnumerable<(string Command, string[] Arguments)> Commands(Source source)
    {
        var (data, run, small) = (Place(source, "data"), Place(source, "run"), (string[])["--tune-l2", "1e-5", .. source.Training, "--quiet"]);
        string[] Out(string name) => ["--out", Place(source, name), "--quiet"];
        yield return ("prepare", ["prepare", .. source.Prepare, .. Out("data")]);
        yield return ("train", ["train", data, .. small, "--out", run]);
        if (!source.IsLarge)
        {
            yield return ("train, 2 at a time", ["train", data, .. small, "--seeds", "2", "--jobs", "2", "--out", Place(source, "two")]);
            yield return ("sweep, 2 at a time", ["sweep", data, "--trials", "2", "--first-epochs", "1", "--jobs", "2", .. source.Training, .. Out("sweep")]);
            yield return ("compare", ["compare", data, "--methods", "autodim,measured-folding", "--budgets", "25%", "--storages", "float32", "--seeds", "1", "--search-epochs", "1", "--search-candidates", "2,16", .. small, "--out", Place(source, "compared")]);
        }

        yield return ("evaluate", ["evaluate", run, data, "--split", "train"]);
        yield return ("evaluate raw rows", ["evaluate", run, source.NewRows]);
        yield return ("predict", ["predict", run, data, "--split", "train", .. Out("predictions")]);
        yield return ("predict raw rows", ["predict", run, source.NewRows, .. Out("raw-predictions")]);
        yield return ("drift", ["drift", run, "--data", source.NewRows]);
        yield return ("update", ["update", run, "--data", source.NewRows, .. Out("updated")]);
        yield return ("export, onnx", ["export", run, "--format", "onnx", .. Out("onnx")]);
        yield return ("export, npz", ["export", run, "--format", "npz", .. Out("npz")]);
        yield return ("compress", ["compress", run, "--to", "30%", .. Out("small")]);
        if (!source.IsLarge) yield return ("compress with data", ["compress", run, "--to", "30%", "--data", data, "--fine-tune", "1", .. Out("tuned")]);
        yield return ("compress tables", ["compress", Path.Combine(Place(source, "npz"), "model.npz"), "--to", "50%", .. Out("tables")]);
    }

    private string Place(Source source, string name) => folder.File(Path.Combine(source.Name, name));

    private static int MadeUpUsers => Support.Reliability.Times(30_000, 750_000);

    /// <summary>High cardinalities, which take most.</summary>
    private Source MadeUp()
    {
        var rows = Support.Reliability.Times(40_000, 1_000_000);
        WriteLog(folder.File("clicks.csv"), rows, MadeUpUsers);
        WriteLog(folder.File("new.csv"), rows / 10, MadeUpUsers);
        File.WriteAllText(folder.File("schema.yaml"), Schema);
        return new Source("made up", [folder.File("clicks.csv"), "--schema", folder.File("schema.yaml")], folder.File("new.csv"), ["--dim", "16", "--hidden", "32", "--epochs", "1"]);
    }

    private Source Demo()
    {
        var (log, schema) = (folder.File("demo.csv"), folder.File("demo.yaml"));
        new PlantedLog(1).Write(log, 500_000);
        File.WriteAllText(schema, PlantedLog.Schema);
        return new Source("demo", [log, "--schema", schema], log, Usual) { IsLarge = true };
    }

    private static Source Libfm(string name)
    {
        var place = SharedData.Path(name);
        return new Source(name, [place], Directory.GetFiles(place, "test.libfm*").Single(), Usual) { IsLarge = true };
    }

    private static Source Csv(string name, string file, string schema)
    {
        var log = Path.Combine(SharedData.Path(name), file);
        return new Source(name, [log, "--schema", SharedData.Repository($"samples/schemas/{schema}.yaml")], log, Usual);
    }

    private static string[] Usual => ["--dim", "32", "--epochs", "1"];

    /// <summary>A line for each command, a column for each source: megabytes estimated, and the share of them that was taken.</summary>
    private static IEnumerable<string> Table(List<(string Source, string Command, double Estimated, double Taken)> seen, string[] sources)
    {
        string Cell(string command, string source) => seen.Where(row => row.Command == command && row.Source == source).Select(row => $"{Megabytes(row.Estimated)} MB, {Share(row.Taken, row.Estimated)}").SingleOrDefault("");
        return Support.Reliability.Table(["command", .. sources], seen.Select(row => row.Command).Distinct().Select(command => (string[])[command, .. sources.Select(source => Cell(command, source))]));
    }

    private static double Estimated(params string[] arguments)
    {
        var refused = CommandLine.Run([.. arguments, "--memory", "1MB"]);
        refused.ExitCode.ShouldBe(2, refused.Errors);
        var size = Regex.Match(refused.Errors, @"would take about ([\d.]+ [kMG]?B) of memory, more than --memory 1MB; ").Groups[1].Value;
        return ByteSize.Parse(size, 0, refused.Errors);
    }

    private static double Peak(params string[] arguments)
    {
        using var process = CommandLine.Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        var peak = 0.0;
        while (!process.WaitForExit(5)) peak = Math.Max(peak, PeakOf(process));
        process.ExitCode.ShouldBe(0, errors.Result);
        return peak;
    }

    /// <summary>A server whose every row is asked for.</summary>
    private static async Task<double> Served(string run, int users)
    {
        using var client = new HttpClient();
        using var server = await ServerProcess.Of(CommandLine.Start("serve", run, "--port", "0", "--json", "--quiet"));
        for (var first = 0; first < users; first += 2000)
        {
            using var answer = await client.PostAsync(server.Url + "/score", new StringContent($"[{string.Join(',', Enumerable.Range(first, 2000).Select(i => $$"""{"user":"u{{i}}","item":"i{{i / 2}}","hour":1}"""))}]"), TestContext.Current.CancellationToken);
            answer.IsSuccessStatusCode.ShouldBeTrue();
        }

        return PeakOf(server.Process);
    }

    private static double PeakOf(Process process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line == null ? 0 : 1024 * double.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0; // it has ended
        }
    }

    private static string Share(double taken, double estimated) => (taken / estimated).ToString("F2", CultureInfo.InvariantCulture);

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("F0", CultureInfo.InvariantCulture);

    private static void WriteLog(string path, int rows, int users)
    {
        using var writer = new StreamWriter(path);
        var random = new CounterRandom(4, 4);
        writer.Write("click,user,item,hour\n");
        for (var i = 0L; i < rows; i++) writer.Write(string.Create(CultureInfo.InvariantCulture, $"{random.Below(4 * i, 2)},u{random.Below((4 * i) + 1, users)},i{random.Below((4 * i) + 2, users / 2)},{i % 24}\n"));
    }

    private static string Good(params string[] arguments)
    {
        var outcome = CommandLine.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome.Output;
    }
}
