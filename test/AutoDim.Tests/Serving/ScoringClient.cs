using System.Text.Json.Nodes;
using AutoDim.Serving.Rpc;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Reflection.V1;

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

    /// <summary>What server reflection answers, as a client asks that does not have scoring.proto.</summary>
    public async Task<ServerReflectionResponse> Reflect(ServerReflectionRequest request)
    {
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(Options());
        try
        {
            await call.RequestStream.WriteAsync(request);
            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // A call refused before its request was read cannot be written to; the response says why.
        }

        (await call.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        return call.ResponseStream.Current;
    }

    public void Dispose() => channel.Dispose();

    private async Task<TReply> Call<TRequest, TReply>(string name, TRequest request)
        where TRequest : class, IMessage<TRequest>, new()
        where TReply : class, IMessage<TReply>, new()
    {
        var method = new Method<TRequest, TReply>(MethodType.Unary, "autodim.v1.ScoringService", name, Marshaller<TRequest>(), Marshaller<TReply>());
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method, null, Options(), request);
        return await call;
    }

    private CallOptions Options() => new(key == null ? [] : new Metadata { { "authorization", $"Bearer {key}" } }, DateTime.UtcNow.AddSeconds(60));

    private static Marshaller<T> Marshaller<T>()
        where T : class, IMessage<T>, new() => Marshallers.Create(message => message.ToByteArray(), bytes => new MessageParser<T>(() => new T()).ParseFrom(bytes));
}
