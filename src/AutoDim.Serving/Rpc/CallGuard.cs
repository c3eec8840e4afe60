using System.Diagnostics;
using AutoDim.Serving.Http;
using AutoDim.Serving.Scoring;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AutoDim.Serving.Rpc;

/// <summary>Calls behind the check of callers; counted by HTTP's status, as requests are, and bugs answered INTERNAL.</summary>
internal sealed partial class CallGuard(Caller caller, ServingMetrics metrics, ILogger<CallGuard> log) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        => Guard(context, () => continuation(request, context));

    /// <summary>Server reflection, by which a client asks what calls there are.</summary>
    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        => Guard(context, async () =>
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
            return true;
        });

    private async Task<TResult> Guard<TResult>(ServerCallContext context, Func<Task<TResult>> call)
    {
        var (start, status) = (Stopwatch.GetTimestamp(), StatusCodes.Status200OK);
        try
        {
            if (caller.Refuse(context.GetHttpContext().Request) is { } refusal) throw new RefusedCall(refusal);
            return await call().ConfigureAwait(false);
        }
        catch (RefusedCall refused)
        {
            status = refused.Problem.Status;
            throw;
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            status = StatusCodes.Status499ClientClosedRequest;
            throw;
        }
        catch (Exception exception)
        {
            LogBug(log, context.Method, exception);
            status = RequestProblem.Bug.Status;
            throw new RefusedCall(RequestProblem.Bug);
        }
        finally
        {
            metrics.CountRequest(context.Method, status, Stopwatch.GetElapsedTime(start));
        }
    }

    [LoggerMessage(EventId = 5, Level = LogLevel.Error, Message = "{Method} failed")]
    private static partial void LogBug(ILogger log, string method, Exception exception);
}
