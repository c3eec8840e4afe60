using System.Net;
using System.Text.Json.Nodes;
using AutoDim.Export;
using AutoDim.Serving;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Serving;

public sealed class ReloadTests
{
    [Fact]
    public async Task NewVersions_UnderLoad_NoRequestFailsAndEveryScoreIsItsVersions()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { PollMs = 20, Workers = 2 });
        var scores = new Dictionary<string, double[]> { [await Version(served)] = served.Expected };
        using var done = new CancellationTokenSource();
        var answers = new List<(string Version, int Row, double Score)>[8];
        var load = Enumerable.Range(0, answers.Length).Select(client => Task.Run(async () =>
        {
            var seen = answers[client] = [];
            for (var i = client; !done.IsCancellationRequested; i++)
            {
                var answer = await served.Post("/score", served.Rows[i % served.Rows.Count]);
                seen.Add(((string)answer["model"]!, i % served.Rows.Count, (double)answer["probability"]!));
            }
        })).ToArray();
        for (var seed = 2ul; seed <= 6; seed++)
        {
            var (version, expected) = served.Save(seed);
            scores.Add(version, expected);
            while (await Version(served) != version) await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await done.CancelAsync();
        await Task.WhenAll(load);
        var all = answers.SelectMany(seen => seen).ToArray();
        all.Select(answer => answer.Version).Distinct().Count().ShouldBeGreaterThan(3);
        foreach (var (version, row, score) in all) score.ShouldBe(scores[version][row]);
    }

    [Fact]
    public async Task Reload_ThenRollback_ForthAndBack()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { PollMs = 0 });
        var first = await Version(served);
        ((string)(await served.Post("/admin/rollback", "", HttpStatusCode.Conflict))["detail"]!).ShouldContain("no former version");
        var (second, expected) = served.Save(2);
        (await Version(served)).ShouldBe(first);
        ((string)(await served.Post("/admin/reload", ""))["model"]!).ShouldBe(second);
        ((double)(await served.Post("/score", served.Rows[0]))["probability"]!).ShouldBe(expected[0]);
        ((string)(await served.Post("/admin/reload", ""))["model"]!).ShouldBe(second);
        ((string)(await served.Post("/admin/rollback", ""))["model"]!).ShouldBe(first);
        ((double)(await served.Post("/score", served.Rows[0]))["probability"]!).ShouldBe(served.Expected[0]);
        ((string)(await served.Post("/admin/rollback", ""))["model"]!).ShouldBe(second);
    }

    [Fact]
    public async Task NewVersion_Damaged_RefusedAndTheOldGoesOnUntilAGoodOneComes()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { PollMs = 0 });
        var first = await Version(served);
        served.Save(2);
        Damage(served.Folder);
        var problem = await served.Post("/admin/reload", "", HttpStatusCode.UnprocessableEntity);
        ((string)problem["detail"]!).ShouldContain("is damaged");
        (await Version(served)).ShouldBe(first);
        ((double)(await served.Post("/score", served.Rows[0]))["probability"]!).ShouldBe(served.Expected[0]);
        (await served.Get("/metrics")).ShouldContain("autodim_reloads_refused_total 1\n");
        JsonNode.Parse(await served.Get("/model"))!["problem"]!.ToString().ShouldContain("is damaged");
        File.WriteAllText(Path.Combine(served.Folder, ModelManifest.Name), "{");
        await served.Post("/admin/reload", "", HttpStatusCode.UnprocessableEntity);
        var (third, _) = served.Save(3);
        ((string)(await served.Post("/admin/reload", ""))["model"]!).ShouldBe(third);
        JsonNode.Parse(await served.Get("/model"))!["problem"].ShouldBeNull();
    }

    [Fact]
    public async Task Start_DamagedModel_WithdrawnOnceFoundOrRefusedWhereCheckedFirst()
    {
        await using var served = await ServedClicks.Start();
        Damage(served.Folder);
        (await Should.ThrowAsync<AutoDimException>(() => served.Restart(new ServingOptions { VerifyFirst = true }))).Message.ShouldContain("is damaged");
        await served.Restart();
        while ((await served.Client.GetAsync(served.Url + "/ready", TestContext.Current.CancellationToken)).StatusCode != HttpStatusCode.ServiceUnavailable) await Task.Delay(5, TestContext.Current.CancellationToken);
        ((string)(await served.Post("/score", served.Rows[0], HttpStatusCode.ServiceUnavailable))["detail"]!).ShouldContain("is damaged");
        (await served.Client.GetAsync(served.Url + "/health", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var (version, expected) = served.Save(4);
        await served.Post("/admin/reload", "");
        (await Version(served)).ShouldBe(version);
        ((double)(await served.Post("/score", served.Rows[2]))["probability"]!).ShouldBe(expected[2]);
    }

    private static async Task<string> Version(ServedClicks served) => (string)JsonNode.Parse(await served.Get("/ready"))!["model"]!;

    /// <summary>Changes a bit of the last weight.</summary>
    private static void Damage(string folder)
    {
        var path = Directory.GetFiles(folder, "weights-*").Single();
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path + ".new", bytes);
        File.Move(path + ".new", path, overwrite: true);
    }
}
