using System.Diagnostics;
using AutoDim.Serving.Http;
using AutoDim.Serving.Rpc;
using AutoDim.Serving.Scoring;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoDim.Serving;

/// <summary>A model's endpoints in an ASP.NET Core application.</summary>
public static partial class AutoDimServing
{
    /// <summary>
    /// Adds a model, which is opened when the application starts, its queue and its workers. The application's own code asks for an
    /// <see cref="AutoDimScorer"/>; <see cref="MapAutoDim"/> lets others ask over HTTP.
    /// </summary>
    /// <param name="modelFolder">Model folder, or the run folder that holds it.</param>
    /// <param name="options">Null: the defaults.</param>
    public static IServiceCollection AddAutoDimScorer(this IServiceCollection services, string modelFolder, ServingOptions? options = null)
    {
        var chosen = options ?? new ServingOptions();
        services.AddRouting();
        services.AddSingleton(chosen);
        services.AddSingleton<ServingMetrics>();
        services.AddSingleton(provider => new ModelSlot(modelFolder, chosen, provider.GetRequiredService<ServingMetrics>(), provider.GetRequiredService<ILogger<ModelSlot>>()));
        services.AddHostedService(provider => provider.GetRequiredService<ModelSlot>());
        services.AddSingleton(new Caller(chosen.ApiKey));
        services.AddSingleton<BodyMemory>();
        services.AddSingleton<RequestScoring>();
        services.AddSingleton(provider => new AutoDimScorer(provider.GetRequiredService<RequestScoring>(), chosen));
        services.AddSingleton<ScoringEndpoints>();
        services.AddSingleton<StatusEndpoints>();
        return services;
    }

    /// <summary>Maps /score, /rank, /explain, /model, /health, /ready, /metrics, /openapi.json, /admin/reload, /admin/rollback, and the page at /.</summary>
    public static IEndpointRouteBuilder MapAutoDim(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var (scoring, status, caller) = (services.GetRequiredService<ScoringEndpoints>(), services.GetRequiredService<StatusEndpoints>(), services.GetRequiredService<Caller>());
        endpoints.MapPost("/score", Guard("/score", scoring.Score, caller.Refuse));
        endpoints.MapPost("/rank", Guard("/rank", scoring.Rank, caller.Refuse));
        endpoints.MapPost("/explain", Guard("/explain", scoring.Explain, caller.Refuse));
        endpoints.MapPost("/admin/reload", Guard("/admin/reload", status.Reload, caller.RefuseAdministration));
        endpoints.MapPost("/admin/rollback", Guard("/admin/rollback", status.Rollback, caller.RefuseAdministration));
        endpoints.MapGet("/model", Guard("/model", status.Model, caller.Refuse));
        endpoints.MapGet("/metrics", Guard("/metrics", status.Metrics, caller.Refuse));
        endpoints.MapGet("/openapi.json", Guard("/openapi.json", status.OpenApi, caller.Refuse));
        endpoints.MapGet("/health", StatusEndpoints.Health);
        endpoints.MapGet("/ready", status.Ready);
        endpoints.MapGet("/", StatusEndpoints.Page);
        return endpoints;

        RequestDelegate Guard(string path, RequestDelegate handler, Func<HttpRequest, RequestProblem?> refuse)
            => new GuardedEndpoint(path, handler, refuse, services.GetRequiredService<ServingMetrics>(), services.GetRequiredService<ILogger<ModelSlot>>()).Answer;
    }

    /// <summary>Adds the calls of scoring.proto, and those that tell of them (server reflection), beside <see cref="AddAutoDimScorer"/>.</summary>
    public static IServiceCollection AddAutoDimGrpc(this IServiceCollection services)
    {
        services.AddGrpc(grpc => grpc.Interceptors.Add<CallGuard>());
        services.AddOptions<GrpcServiceOptions>().Configure<ServingOptions>((grpc, options) => grpc.MaxReceiveMessageSize = options.MaxBodyBytes);
        services.AddGrpcReflection();
        services.AddSingleton<ScoringCalls>();
        return services;
    }

    /// <summary>Maps autodim.v1.ScoringService and grpc.reflection.v1.ServerReflection; the connections must speak HTTP/2.</summary>
    public static IEndpointRouteBuilder MapAutoDimGrpc(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<ScoringCalls>();
        endpoints.MapGrpcReflectionService();
        return endpoints;
    }

    /// <summary>A handler behind its check of callers; counted, and its bugs answered 500.</summary>
    private sealed partial class GuardedEndpoint(string path, RequestDelegate handler, Func<HttpRequest, RequestProblem?> refuse, ServingMetrics metrics, ILogger log)
    {
        public async Task Answer(HttpContext context)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                if (refuse(context.Request) is { } refusal) await refusal.Write(context).ConfigureAwait(false);
                else await handler(context).ConfigureAwait(false);
            }
            catch (BadHttpRequestException exception)
            {
                await TryWrite(context, new RequestProblem(exception.StatusCode, exception.Message)).ConfigureAwait(false);
            }
            catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
            {
                LogBug(log, path, exception);
                await TryWrite(context, RequestProblem.Bug).ConfigureAwait(false);
            }
            catch (Exception) when (context.RequestAborted.IsCancellationRequested)
            {
                // Nobody waits for an answer any more.
            }

            metrics.CountRequest(path, context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : context.Response.StatusCode, Stopwatch.GetElapsedTime(start));
        }

        private static Task TryWrite(HttpContext context, RequestProblem problem) => context.Response.HasStarted ? Task.CompletedTask : problem.Write(context);

        [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "{Path} failed")]
        private static partial void LogBug(ILogger log, string path, Exception exception);
    }
}
