using AutoDim.Serving;
using AutoDim.Serving.Rpc;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;

namespace AutoDim.Tests.Serving;

public sealed class GrpcTests
{
    [Theory]
    [InlineData("deepfm")]
    [InlineData("din")]
    public async Task Score_RowsTogether_ExactlyAsPredicted(string model)
    {
        await using var served = await ServedClicks.Start(new ServingOptions { Workers = 2, MaxBatch = 7 }, model, grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl);
        var reply = await calls.Score([.. served.Rows.Select(ScoringClient.RowOf)]);
        reply.Probabilities.ShouldBe(served.Expected);
        reply.Model.Length.ShouldBe(16);
    }

    [Fact]
    public async Task Score_EveryKindOfValue_AsItsText()
    {
        await using var served = await ServedClicks.Start(grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl);
        Row text = Of(("price", new Value { Text = "39" }), ("tags", new Value { Text = "t1|t2" })), typed = Of(("price", new Value { Number = 39 }), ("tags", List("t1", "t2")), ("user", new Value()));
        var reply = await calls.Score([text, typed, Of(("price", new Value { Whole = 39 }), ("tags", List("t1", "t2")))]);
        reply.Probabilities.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Rank_Candidates_AsOverHttp()
    {
        await using var served = await ServedClicks.Start(grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl);
        var expected = (await served.Post("/rank", """{"shared":{"user":"u1"},"candidates":[{"item":"i1"},{"item":"i2"},{"item":"i3"}],"top":2}"""))["candidates"]!.AsArray();
        var request = new RankRequest { Shared = Of(("user", new Value { Text = "u1" })), Top = 2 };
        request.Candidates.Add(new[] { "i1", "i2", "i3" }.Select(item => Of(("item", new Value { Text = item }))));
        var best = await calls.Rank(request);
        best.Candidates.Select(candidate => ((int)candidate.Index, candidate.Probability)).ShouldBe(expected.Select(candidate => ((int)candidate!["index"]!, (double)candidate["probability"]!)));
        request.KeepOrder = true;
        (await calls.Rank(request)).Candidates.Select(candidate => candidate.Index).ShouldBe([0u, 1u]);
        request.Candidates[0].Values["user"] = new Value { Text = "u2" };
        (await Refused(calls.Rank(request))).ShouldBe((StatusCode.InvalidArgument, "row 0: field 'user' is given by a candidate and in what all share; give it in one of the two"));
    }

    [Fact]
    public async Task Explain_ARow_AsOverHttp()
    {
        await using var served = await ServedClicks.Start(grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl);
        var expected = await served.Post("/explain", """{"user":"u1","price":"7","item":"nothing seen"}""");
        var reply = await calls.Explain(new ExplainRequest { Row = Of(("user", new Value { Text = "u1" }), ("price", new Value { Whole = 7 }), ("item", new Value { Text = "nothing seen" })) });
        reply.Probability.ShouldBe((double)expected["probability"]!);
        reply.Fields.Select(field => (field.Name, field.Unseen, field.Bytes)).ShouldBe(expected["fields"]!.AsArray().Select(field => ((string)field!["name"]!, (bool)field["unseen"]!, (long)field["bytes"]!)));
        reply.Fields.Select(field => field.Contribution).ShouldBe(expected["fields"]!.AsArray().Select(field => (double)field!["contribution"]!), 1e-6);
    }

    [Fact]
    public async Task Call_SomethingWrong_ToldWithItsStatus()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { MaxRows = 3, MaxBodyBytes = 2000 }, grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl);
        (await Refused(calls.Score([new Row(), Of(("price", new Value { Text = "cheap" }))]))).ShouldBe((StatusCode.InvalidArgument, "row 1: field 'price': 'cheap' is not a number; send a number"));
        (await Refused(calls.Score([Of(("usr", new Value { Text = "u1" }))]))).Detail.ShouldStartWith("row 0: there is no field 'usr'; the model's fields are user, item");
        (await Refused(calls.Score([Of(("user", List("u1")))]))).Detail.ShouldContain("field 'user' is a list");
        (await Refused(calls.Score([Of(("tags", new Value { List = new ValueList { Values = { new Value() } } }))]))).Code.ShouldBe(StatusCode.InvalidArgument);
        (await Refused(calls.Score([new Row(), new Row(), new Row(), new Row()]))).ShouldBe((StatusCode.InvalidArgument, "the request has more than 3 rows; send fewer rows a request, or raise --max-rows"));
        (await Refused(calls.Score([Of(("user", new Value { Text = new string('u', 3000) }))]))).Code.ShouldBe(StatusCode.ResourceExhausted);
        (await served.Get("/metrics")).ShouldContain("autodim_requests_total{path=\"/autodim.v1.ScoringService/Score\",status=\"400\"} 4");
    }

    [Fact]
    public async Task Score_QueueFull_ResourceExhaustedAndNotScoredInTimeUnavailable()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { MaxQueue = 1, MaxDelayMs = 1000, MaxBatch = 1000 }, grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl);
        var waiting = calls.Score([ScoringClient.RowOf(served.Rows[0])]);
        while (!(await served.Get("/metrics")).Contains("autodim_queue_rows 1\n", StringComparison.Ordinal)) waiting.IsCompleted.ShouldBeFalse();
        (await Refused(calls.Score([ScoringClient.RowOf(served.Rows[1])]))).Code.ShouldBe(StatusCode.ResourceExhausted);
        (await waiting).Probabilities.ShouldBe([served.Expected[0]]);
        await served.Restart(new ServingOptions { TimeoutMs = 60, MaxDelayMs = 1000, MaxBatch = 1000 }, grpc: true);
        using var late = new ScoringClient(served.GrpcUrl);
        (await Refused(late.Score([new Row()]))).ShouldBe((StatusCode.Unavailable, "the rows were not scored within 60 ms"));
    }

    [Fact]
    public async Task Score_KeyAskedFor_UnauthenticatedWithout()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { ApiKey = "open" }, grpc: true);
        using ScoringClient without = new(served.GrpcUrl), with = new(served.GrpcUrl, "open");
        (await Refused(without.Score([new Row()]))).Code.ShouldBe(StatusCode.Unauthenticated);
        (await with.Score([ScoringClient.RowOf(served.Rows[0])])).Probabilities.ShouldBe([served.Expected[0]]);
    }

    [Fact]
    public async Task Reflection_AClientThatKnowsNothing_IsToldOfTheCalls()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { ApiKey = "open" }, grpc: true);
        using var calls = new ScoringClient(served.GrpcUrl, "open");
        (await calls.Reflect(new ServerReflectionRequest { ListServices = "" })).ListServicesResponse.Service.Select(service => service.Name).ShouldContain("autodim.v1.ScoringService");
        var told = await calls.Reflect(new ServerReflectionRequest { FileContainingSymbol = "autodim.v1.ScoringService" });
        var file = FileDescriptorProto.Parser.ParseFrom(told.FileDescriptorResponse.FileDescriptorProto[0]);
        file.Service[0].Method.Select(method => method.Name).ShouldBe(["Score", "Rank", "Explain"]);
        using var without = new ScoringClient(served.GrpcUrl);
        (await Refused(without.Reflect(new ServerReflectionRequest { ListServices = "" }))).Code.ShouldBe(StatusCode.Unauthenticated);
    }

    private static Row Of(params (string Field, Value Value)[] values)
    {
        var row = new Row();
        foreach (var (field, value) in values) row.Values.Add(field, value);
        return row;
    }

    private static Value List(params string[] values)
    {
        var list = new ValueList();
        list.Values.Add(values.Select(value => new Value { Text = value }));
        return new Value { List = list };
    }

    private static async Task<(StatusCode Code, string Detail)> Refused(Task call)
    {
        var refusal = await Should.ThrowAsync<RpcException>(() => call);
        return (refusal.StatusCode, refusal.Status.Detail);
    }
}
