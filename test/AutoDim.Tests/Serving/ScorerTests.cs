using System.Text.Json.Nodes;
using AutoDim.Serving;
using AutoDim.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoDim.Tests.Serving;

/// <summary>The scorer within an application of one's own, which need not be a web server.</summary>
public sealed class ScorerTests
{
    [Fact]
    public async Task ScoreAsync_Rows_AsPredicted()
    {
        await using var served = await ServedClicks.Start();
        using var host = await Host(served.Folder);
        var scorer = host.Services.GetRequiredService<AutoDimScorer>();
        (await scorer.ScoreAsync([.. served.Rows.Select(RowOf)], TestContext.Current.CancellationToken)).ShouldBe(served.Expected);
        (await scorer.ScoreAsync(RowOf(served.Rows[3]), TestContext.Current.CancellationToken)).ShouldBe(served.Expected[3]);
        (await scorer.ScoreAsync([], TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task RankAsync_Candidates_BestFirstAsScoredOneByOne()
    {
        await using var served = await ServedClicks.Start();
        using var host = await Host(served.Folder);
        var scorer = host.Services.GetRequiredService<AutoDimScorer>();
        Dictionary<string, string?>[] items = [.. Enumerable.Range(0, 9).Select(i => new Dictionary<string, string?> { ["item"] = $"i{i}", ["price"] = i % 2 == 0 ? "40" : null })];
        var alone = new double[items.Length];
        for (var i = 0; i < items.Length; i++) alone[i] = await scorer.ScoreAsync(new Dictionary<string, string?>(items[i]) { ["user"] = "u3" }, TestContext.Current.CancellationToken);
        var ranked = await scorer.RankAsync(new Dictionary<string, string?> { ["user"] = "u3" }, items, top: 4, TestContext.Current.CancellationToken);
        ranked.ShouldBe(alone.Index().OrderByDescending(item => item.Item).Take(4).Select(item => (item.Index, item.Item)));
    }

    [Fact]
    public async Task ScoreAsync_WhatCannotBe_RefusedWithStatusAndFix()
    {
        await using var served = await ServedClicks.Start();
        using var host = await Host(served.Folder, new ServingOptions { MaxRows = 2 });
        var scorer = host.Services.GetRequiredService<AutoDimScorer>();
        Dictionary<string, string?> good = new() { ["user"] = "u1" };
        (await Refused(good, new() { ["price"] = "cheap" })).ShouldBe((400, "row 1: field 'price': 'cheap' is not a number; send a number"));
        (await Refused(new Dictionary<string, string?> { ["usr"] = "u1" })).ShouldBe((400, "row 0: there is no field 'usr'; the model's fields are user, item, tags, price"));
        (await Refused(good, good, good)).ShouldBe((413, "the request has more than 2 rows; send fewer rows a request, or raise --max-rows"));
        var twice = await Should.ThrowAsync<ScoringRefusedException>(() => scorer.RankAsync(good, [good], cancellation: TestContext.Current.CancellationToken));
        twice.Message.ShouldContain("field 'user' is given by a candidate and in what all share");

        async Task<(int, string)> Refused(params Dictionary<string, string?>[] rows)
        {
            var refused = await Should.ThrowAsync<ScoringRefusedException>(() => scorer.ScoreAsync(rows, TestContext.Current.CancellationToken));
            return (refused.Status, refused.Message);
        }
    }

    [Fact]
    public async Task ScoreAsync_NewVersionInTheFolder_AnswersByItself()
    {
        await using var served = await ServedClicks.Start();
        using var host = await Host(served.Folder, new ServingOptions { PollMs = 20 });
        var scorer = host.Services.GetRequiredService<AutoDimScorer>();
        var row = RowOf(served.Rows[0]);
        (await scorer.ScoreAsync(row, TestContext.Current.CancellationToken)).ShouldBe(served.Expected[0]);
        var (_, expected) = served.Save(2);
        while (await scorer.ScoreAsync(row, TestContext.Current.CancellationToken) != expected[0]) await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    /// <summary>samples/WebShop as a process: its best products are those that the model scores best, a new version comes in, and what is seen is logged.</summary>
    [Fact]
    public async Task WebShop_Asked_ShowsTheBestProductsByTheModelInItsFolder()
    {
        await using var served = await ServedClicks.Start();
        using var folder = new TemporaryFolder();
        using var process = Tool.Start("dotnet", new Dictionary<string, string>(), Path.Combine(AppContext.BaseDirectory, "WebShop.dll"), served.Folder, SharedData.Repository("samples/WebShop/products.csv"), folder.File("clicks.csv"), "0");
        try
        {
            var line = "";
            while (!line.StartsWith("the shop is open at ", StringComparison.Ordinal)) line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            var url = line.Split(' ')[^1];
            var expected = await Expected();
            (await Best(url)).ShouldBe(expected);
            (await served.Client.GetStringAsync($"{url}/shop/u5", TestContext.Current.CancellationToken)).ShouldContain($"<li>{expected[0].Split(' ')[0]} for ");

            served.Save(2);
            await served.Post("/admin/reload", "");
            var renewed = await Expected();
            renewed.ShouldNotBe(expected);
            while (!(await Best(url)).SequenceEqual(renewed)) await Task.Delay(50, TestContext.Current.CancellationToken);

            (await served.Client.PostAsync($"{url}/seen/u5/i3/1", null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            (await served.Client.PostAsync($"{url}/seen/u5/i99/1", null, TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeFalse();
            File.ReadAllLines(folder.File("clicks.csv")).ShouldBe(["click,user,item,tags,price", "1,u5,i3,t3|t0,38"]);
        }
        finally
        {
            process.Kill();
        }

        async Task<string[]> Best(string url) => (await served.Client.GetStringAsync($"{url}/best/u5", TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');

        async Task<string[]> Expected()
        {
            var products = File.ReadAllLines(SharedData.Repository("samples/WebShop/products.csv")).Skip(1).Select(product => product.Split(',')).ToArray();
            var rows = products.Select(product => new JsonObject { ["user"] = "u5", ["item"] = product[0], ["tags"] = product[1], ["price"] = product[2] }.ToJsonString());
            var probabilities = (await served.Post("/score", $"[{string.Join(',', rows)}]"))["probabilities"]!.AsArray().Select(number => (double)number!);
            return [.. products.Zip(probabilities).OrderByDescending(item => item.Second).Take(5).Select(item => FormattableString.Invariant($"{item.First[0]} {item.Second:R}"))];
        }
    }

    private static async Task<IHost> Host(string folder, ServingOptions? options = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAutoDimScorer(folder, options);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static Dictionary<string, string?> RowOf(string json) => JsonNode.Parse(json)!.AsObject().ToDictionary(field => field.Key, field => (string?)field.Value);
}
