using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Reliability;

/// <summary>
/// Commands as a user runs them, killed (SIGKILL) at moments drawn at random over the time that they take, and started again until they are
/// through. Whatever moment it was: what was there before can be read, and in the end every file is the one of an undisturbed run.
/// </summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class KillTests : IDisposable
{
    /// <summary>Kills of one folder, after which the command is left to its end.</summary>
    private const int InARow = 4;

    /// <summary>Into the model's own folder: a command that is repeated once its model is there has nothing left to do, and says so.</summary>
    private const string InPlace = "in place: ";

    private static readonly List<string[]> Rows = [];

    private readonly PreparedClicks clicks = new();
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        clicks.Dispose();
    }

    public static TheoryData<string> Jobs() => ["prepare", "search", "train", "run", "export", "update", InPlace + "update", InPlace + "compress"];

    [Theory, MemberData(nameof(Jobs))]
    public void KilledAtRandomMoments_GoesOnToTheSameFiles(string job)
    {
        var before = Before(job);
        FolderContents.Copy(before, folder.File("whole"));
        var clock = Stopwatch.StartNew();
        Finish(job, folder.File("whole"));
        var time = clock.ElapsedMilliseconds;
        var expected = FolderContents.Of(folder.File("whole"));
        var random = new CounterRandom(8, 1 + (ulong)Array.IndexOf([.. Jobs().Select(row => row.Data)], job));
        int kills = 0, starts = 0, folders = 0;
        for (var wanted = Support.Reliability.Times(1, 30); kills < wanted; folders++)
        {
            var place = folder.File($"killed-{folders}");
            FolderContents.Copy(before, place);
            for (var killed = 0; killed < InARow && kills < wanted; killed++)
            {
                using var process = CommandLine.Start(Arguments(job, place));
                var moment = 100 + random.Below(starts++, time);
                if (process.WaitForExit((int)moment)) break; // through already
                process.Kill();
                process.WaitForExit();
                kills++;
                ShouldBeReadable(job, place);
            }

            Finish(job, place);
            FolderContents.ShouldBeSame(place, expected, string.Create(CultureInfo.InvariantCulture, $"{job}, killed folder {folders}"));
            Directory.Delete(place, recursive: true);
        }

        Tell([job, $"{kills:N0}", $"{folders:N0}", "the same"]);
    }

    /// <summary>A server that is killed while a new version is written, or as it loads it: started again it answers as one of the versions would.</summary>
    [Fact]
    public async Task Serve_KilledWhileANewVersionComes_AnswersWithItWhenItIsBack()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files that are mapped cannot go");
        await using var served = await ServedClicks.Start();
        using var client = new HttpClient();
        var random = new CounterRandom(8, 9);
        var wanted = Support.Reliability.Times(1, 20);
        for (var kills = 0; kills < wanted; kills++)
        {
            var (process, url) = await StartServer(served.Folder);
            using var first = process;
            (await Score(client, url, served.Rows[0])).ShouldBe(served.Expected[0]);
            var saving = Task.Run(() => served.Save(100 + (ulong)kills), TestContext.Current.CancellationToken);
            await Task.Delay((int)random.Below(kills, 60), TestContext.Current.CancellationToken);
            first.Kill();
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            var (_, scores) = await saving;
            (process, url) = await StartServer(served.Folder);
            using var second = process;
            (await Score(client, url, served.Rows[0])).ShouldBe(scores[0]);
            second.Kill();
            served.Save(1);
        }

        Tell(["serve", $"{wanted:N0}", $"{wanted:N0}", "the new version's scores"]);
    }

    private static void Tell(string[] row)
    {
        lock (Rows)
        {
            Rows.Add(row);
            if (Rows.Count <= Jobs().Count) return;
            var kills = Rows.Sum(told => int.Parse(told[1], CultureInfo.InvariantCulture));
            Support.Reliability.Record("kills", Support.Reliability.Table(["command", "kills", "folders", "files in the end"], [.. Rows.OrderBy(told => told[0], StringComparer.Ordinal), ["all", $"{kills:N0}", "", ""]]));
        }
    }

    /// <summary>What the command finds: of prepare, export and update something of before.</summary>
    private string Before(string job)
    {
        var place = Directory.CreateDirectory(folder.File("before")).FullName;
        if (job == "prepare")
        {
            using var former = new PreparedClicks(rows: 200, seed: 2);
            FolderContents.Copy(former.Folder, Path.Combine(place, "data"));
        }

        if (job is not ("export" or "update") && !job.StartsWith(InPlace, StringComparison.Ordinal)) return place;
        Run("train", clicks.Folder, "--model", "deepfm", "--dim", "4", "--hidden", "8", "--epochs", "1", "--out", Path.Combine(place, "model"), "--quiet");
        if (job == "export") Run(Arguments(job, place));
        return place;
    }

    private string[] Arguments(string job, string place)
    {
        var output = Path.Combine(place, job == "prepare" ? "data" : job.StartsWith(InPlace, StringComparison.Ordinal) ? "model" : job);
        string[] small = ["--batch-size", "64", "--threads", "1", "--out", output, "--quiet"];
        return job switch
        {
            "prepare" => ["prepare", clicks.Csv, "--test", clicks.Later, "--schema", clicks.Schema, "--overwrite", "--out", output, "--quiet"],
            "search" => ["search", clicks.Folder, "--model", "deepfm", "--hidden", "16", "--search-candidates", "1,2,4", "--search-epochs", "8", .. small],
            "train" => ["train", clicks.Folder, "--model", "deepfm", "--hidden", "16", "--dim", "4", "--epochs", "20", "--patience", "20", .. small],
            "run" => ["run", clicks.Folder, "--model", "fm", "--search-candidates", "1,4", "--search-epochs", "3", "--epochs", "5", "--tune-l2", "1e-4,1e-3", .. small],
            "export" => ["export", Path.Combine(place, "model"), "--format", "onnx", "--out", output],
            InPlace + "compress" => ["compress", Path.Combine(place, "model"), "--to", "40%", "--data", clicks.Folder, "--fine-tune", "10", .. small[2..]],
            _ => ["update", Path.Combine(place, "model"), "--data", clicks.Csv, "--epochs", "10", "--threads", "1", "--out", output, "--quiet"],
        };
    }

    private void Finish(string job, string place)
    {
        var outcome = CommandLine.Run(Arguments(job, place));
        if (job.StartsWith(InPlace, StringComparison.Ordinal) && outcome.ExitCode == 2) outcome.Errors.ShouldContain(" already, "); // done, by the one that was killed
        else outcome.ExitCode.ShouldBe(0, outcome.Errors);
    }

    private static void Run(params string[] arguments)
    {
        var outcome = CommandLine.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
    }

    private void ShouldBeReadable(string job, string place)
    {
        foreach (var path in Directory.GetFiles(place, ModelManifest.Name, SearchOption.AllDirectories)) TrainedModel.Load(Path.GetDirectoryName(path)!, pool).Dispose();
        if (job == "prepare") ClickData.Open(Path.Combine(place, "data")).Dispose();
        if (job == "export" && File.Exists(Path.Combine(place, job, ExportManifest.Name))) ModelExport.Verify(Path.Combine(place, job), new OnnxFormat());
    }

    private static async Task<(Process Process, string Url)> StartServer(string model)
    {
        var process = CommandLine.Start("serve", model, "--port", "0", "--poll-ms", "5", "--json", "--quiet");
        var line = "";
        while (!line.StartsWith('{')) line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        return (process, (string)JsonNode.Parse(line)!["url"]!);
    }

    private static async Task<double> Score(HttpClient client, string url, string row)
    {
        using var answer = await client.PostAsync(url + "/score", new StringContent(row), TestContext.Current.CancellationToken);
        return (double)(await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["probability"]!;
    }
}
