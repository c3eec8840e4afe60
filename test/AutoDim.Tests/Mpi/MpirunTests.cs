using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Mpi;

/// <summary>The command under mpirun, as a user starts it. What ranks compute is tested with threads in RanksTests; here is what only processes can show.</summary>
public sealed class MpirunTests : IDisposable
{
    private static readonly string[] Small = ["--model", "deepfm", "--dim", "4", "--hidden", "8", "--batch-size", "256", "--quiet"];

    private readonly TemporaryFolder folder = new();
    private readonly PreparedClicks clicks = new();

    public void Dispose()
    {
        clicks.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void MpiCheck_TwoRanks_HearEachOther()
    {
        var (code, output) = Mpirun(2, "mpi-check", "--json");
        code.ShouldBe(0, output);
        var told = JsonNode.Parse(output.Split('\n')[0])!;
        ((int)told["ranks"]!).ShouldBe(2);
        told["measured"]!.AsArray().Count.ShouldBe(3);
    }

    /// <summary>Times are the machine's; bytes and messages are what the model counts.</summary>
    [Fact]
    public void MpiCheck_WithData_StepsBesideTheModel()
    {
        var (code, output) = Mpirun(2, "mpi-check", clicks.Folder, "--model", "deepfm", "--dim", "4", "--hidden", "8", "--batch-size", "256", "--steps", "20", "--replicate", "1B", "--json");
        code.ShouldBe(0, output);
        var told = JsonNode.Parse(output.Split('\n')[0])!;
        var training = told["training"]!;
        ((double)training["exchanges"]!).ShouldBe(6);
        var formula = (double)training["expected"]!["exchangedBytes"]!;
        ((double)training["exchangedBytes"]!).ShouldBe(formula, 0.2 * formula);
        ((double)training["stepSeconds"]!).ShouldBeGreaterThan(0);

        File.WriteAllText(folder.File("network.json"), output.Split('\n')[0]);
        var estimate = JsonNode.Parse(CommandLine.Run("estimate", clicks.Folder, "--dim", "4", "--ranks", "2", "--network", folder.File("network.json"), "--json").Output)!;
        ((double)estimate["network"]!["latency"]!).ShouldBe((double)told["network"]!["latency"]!);
        estimate["scaling"]!.AsArray().Select(point => (int)point!["ranks"]!).ShouldBe([1, 2]);
    }

    /// <summary>Likewise under Open MPI, which gives the first process a terminal: nothing but the JSON comes out.</summary>
    [Fact]
    public void Train_UnderOpenMpi_ModelAndPlainJson()
    {
        var launcher = Tool.OpenMpirunOrSkip();
        var environment = new Dictionary<string, string> { ["OMPI_ALLOW_RUN_AS_ROOT"] = "1", ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1" };
        string[] options = ["train", clicks.Folder, .. Small, "--epochs", "1", "--dense-optimizer", "sgd", "--table-optimizer", "adagrad", "--replicate", "1B", "--json"];
        var (code, output) = Tool.Run(launcher, environment, ["--oversubscribe", "-n", "2", "dotnet", Path.Combine(AppContext.BaseDirectory, "AutoDim.Cli.dll"), .. options, "--out", folder.File("open")]);
        code.ShouldBe(0, output);
        output.ShouldStartWith("{");
        Mpirun(2, [.. options, "--out", folder.File("mpich")]).Code.ShouldBe(0);
        ((double)Epochs("open")[0]["loss"]!).ShouldBe((double)Epochs("mpich")[0]["loss"]!, 1e-6);
    }

    [Fact]
    public void Command_ForOneProcess_RefusedInOneLine()
    {
        var (code, output) = Mpirun(2, "models");
        code.ShouldBe(2, output);
        output.TrimEnd().ShouldMatch("^autodim: autodim models works in one process, and 2 were started; [^\\n]*$"); // one tells it for all, and the launcher says nothing
    }

    /// <summary>Every table spread over the ranks; optimisers without Adam's sensitivity to the sign of nearly nothing.</summary>
    [Fact]
    public void Train_TwoRanks_ModelOfOneProcess()
    {
        string[] options = ["train", clicks.Folder, .. Small, "--epochs", "3", "--dense-optimizer", "sgd", "--table-optimizer", "adagrad"];
        var one = CommandLine.Run([.. options, "--out", folder.File("one")]);
        one.ExitCode.ShouldBe(0, one.Errors);
        var (code, output) = Mpirun(2, [.. options, "--replicate", "1B", "--out", folder.File("two")]);
        code.ShouldBe(0, output);
        var (expected, got) = (Epochs("one"), Epochs("two"));
        got.Length.ShouldBe(expected.Length);
        for (var epoch = 0; epoch < got.Length; epoch++)
        {
            ((double)got[epoch]["loss"]!).ShouldBe((double)expected[epoch]["loss"]!, 1e-4);
            ((double)got[epoch]["validAuc"]!).ShouldBe((double)expected[epoch]["validAuc"]!, 1e-3);
        }

        Files("two").Where(name => !name.Contains(".rank", StringComparison.Ordinal)).ShouldBe(Files("one"));
        Directory.GetFiles(folder.File("two/checkpoint"), "*.rank-*").Select(path => Path.GetFileName(path).Split(".rank-")[1][..6]).Order(StringComparer.Ordinal).ShouldBe(["0-of-2", "1-of-2"]); // of the best weights

        // Ranks score a share each, to the same numbers as one process.
        Mpirun(2, "predict", folder.File("two"), clicks.Folder, "--quiet", "--out", folder.File("by-two")).Code.ShouldBe(0);
        CommandLine.Run("predict", folder.File("two"), clicks.Folder, "--quiet", "--out", folder.File("by-one")).ExitCode.ShouldBe(0);
        File.ReadAllText(folder.File("by-two/predictions.csv")).ShouldBe(File.ReadAllText(folder.File("by-one/predictions.csv")));
    }

    /// <summary>The same bytes, and the same line about a row that is wrong, whichever rank has met it.</summary>
    [Fact]
    public void Prepare_TwoRanks_FolderOfOneProcess()
    {
        string[] options = ["prepare", clicks.Csv, "--test", clicks.Later, "--schema", clicks.Schema, "--quiet"];
        var one = CommandLine.Run([.. options, "--out", folder.File("one/data")]);
        one.ExitCode.ShouldBe(0, one.Errors);
        var (code, output) = Mpirun(2, [.. options, "--out", folder.File("two/data")]);
        code.ShouldBe(0, output);
        FolderContents.ShouldBeSame(folder.File("two"), FolderContents.Of(folder.File("one")), "two ranks");

        var lines = File.ReadAllLines(clicks.Csv);
        lines[700] = "maybe" + lines[700];
        File.WriteAllLines(folder.File("wrong.csv"), lines);
        (code, output) = Mpirun(2, ["prepare", folder.File("wrong.csv"), "--schema", clicks.Schema, "--out", folder.File("wrong")]);
        code.ShouldBe(2, output);
        output.ShouldContain($"autodim, rank 0 of 2: {folder.File("wrong.csv")}, line 701: label column 'click' is 'maybe");
        output.ShouldNotContain("rank 1");
        File.Exists(folder.File("wrong/data.json")).ShouldBeFalse();
    }

    [Fact]
    public void Run_TwoRanks_WholePipeline()
    {
        var (code, output) = Mpirun(2, ["run", clicks.Folder, .. Small, "--replicate", "1B", "--search-candidates", "1,2,4", "--search-epochs", "2", "--epochs", "2", "--tune-l2", "0", "--out", folder.File("run")]);
        code.ShouldBe(0, output);
        foreach (var file in (ReadOnlySpan<string>)["result.json", "plan.json", "report.html", "model-card.md", "model/manifest.json"]) File.Exists(folder.File($"run/{file}")).ShouldBeTrue(file);
        Directory.GetFiles(folder.File("run"), "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
        CommandLine.Run("evaluate", folder.File("run"), clicks.Folder).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Train_RankKilled_AllEndAndOneProcessGoesOn()
    {
        const int Epochs = 12;
        string[] options = ["train", clicks.Folder, .. Small, "--epochs", $"{Epochs}", "--patience", $"{Epochs}", "--replicate", "1B", "--out", folder.File("out")];
        using (var mpirun = Start(2, options))
        {
            var output = mpirun.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            while (!Directory.Exists(folder.File("out/checkpoint")) || Directory.GetFiles(folder.File("out/checkpoint"), "*seed1.safetensors").Length == 0)
            {
                mpirun.HasExited.ShouldBeFalse();
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            Descendants(mpirun.Id).First(IsAutodim).Kill();
            mpirun.WaitForExit(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            mpirun.ExitCode.ShouldNotBe(0, await output);
        }

        File.Exists(folder.File("out/result.json")).ShouldBeFalse();
        CommandLine.Run(options).ExitCode.ShouldBe(0);
        this.Epochs("out").Select(line => (int)line["epoch"]!).ShouldBe(Enumerable.Range(1, Epochs));
    }

    private static bool IsAutodim(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline").StartsWith("dotnet", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }

    private static IEnumerable<Process> Descendants(int id)
    {
        foreach (var process in Process.GetProcesses().Where(process => ParentOf(process.Id) == id))
        {
            yield return process;
            foreach (var below in Descendants(process.Id)) yield return below;
        }
    }

    private static int ParentOf(int id)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static (int Code, string Output) Mpirun(int ranks, params string[] arguments)
    {
        using var process = Start(ranks, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static Process Start(int ranks, string[] arguments)
    {
        var start = new ProcessStartInfo(Tool.MpirunOrSkip()) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-n", $"{ranks}", "dotnet", Path.Combine(AppContext.BaseDirectory, "AutoDim.Cli.dll"), .. arguments]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private JsonObject[] Epochs(string run) => [.. File.ReadLines(folder.File($"{run}/metrics.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject()).Where(line => line["epoch"] != null)];

    /// <summary>Names, without the checksums in them.</summary>
    private string[] Files(string run) => [.. Directory.GetFiles(folder.File(run), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.File(run), path)).Select(path => path.Contains(".rank", StringComparison.Ordinal) ? path : path.Split('-')[0]).Order(StringComparer.Ordinal)];
}
