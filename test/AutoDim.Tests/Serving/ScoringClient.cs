using System.Text.Json.Nodes;
using AutoDim.Serving.Rpc;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace AutoDim.Tests.Serving;

/// <summary>A client of autodim.v1.ScoringService; the method names are written out, so that the service's are held to scoring.proto.</summary>
internal sealed class ScoringClient(string url, string? key = null, HttpMessageHandler? handler = null) : IDisposable
{
    private readonly GrpcChannel channel = GrpcChannel.ForAddress(url, new GrpcChannelOptions { HttpHandler = handler });

    /// <summary>A row of JSON, its values texts.</summary>
    public static Row RowOf(string json)
    {
        var row = new Row();
        foreach (var (name, value) in JsonNode.Parse(json)!.AsObject()) row.Values.Add(name, new Value { Text = (string)value! });
        return row;
    }

    public Task<ScoreReply> Score(params Row[] rows)
    {
        var request = new ScoreRequest();
        request.Rows.Add(rows);
        return Call<ScoreRequest, ScoreReply>("Score", request);
    }

    public Task<RankReply> Rank(RankRequest request) => Call<RankRequest, RankReply>("Rank", request);

    public Task<ExplainReply> Explain(ExplainRequest request) => Call<ExplainRequest, ExplainReply>("Explain", request);

    public void Dispose() => channel.Dispose();

    private async Task<TReply> Call<TRequest, TReply>(string name, TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
        where TReply : class, IMessage<TReply>, new()
    {
        var method = new Method<TRequest, TReply>(MethodType.Unary, "autodim.v1.ScoringService", name, Marshaller<TRequest>(), Marshaller<TReply>());
        var headers = key == null ? [] : new Metadata { { "authorization", $"Bearer {key}" } };
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(headers, DateTime.UtcNow.AddSeconds(60)), request);
        return await call;
    }

    private static Marshaller<T> Marshaller<T>()
        where T : class, IMessage<T>, new() => Marshallers.Create(message => message.ToByteArray(), bytes => new MessageParser<T>(() => new T()).ParseFrom(bytes));
}
