using AutoDim.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AutoDim.Cli;

/// <summary>
/// Sends the server's traces and metrics to an OpenTelemetry collector by OTLP, over HTTP unless the standard variables say gRPC. They name it, its headers,
/// the service, the sampler and the intervals (OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, …). Ended with this, after what is left was sent.
/// </summary>
internal sealed class Telemetry : IDisposable
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private readonly TracerProvider traces;
    private readonly MeterProvider metrics;

    private Telemetry(IConfiguration configuration)
    {
        // The span of a request, which continues its caller's trace, is ASP.NET Core's; what it says of the request is off by default.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        traces = Sdk.CreateTracerProviderBuilder().ConfigureServices(services => services.AddSingleton(configuration))
            .AddSource(ServingMetrics.Name, "Microsoft.AspNetCore").AddOtlpExporter().Build();
        metrics = Sdk.CreateMeterProviderBuilder().ConfigureServices(services => services.AddSingleton(configuration))
            .AddMeter(ServingMetrics.Name).AddOtlpExporter().Build();
    }

    /// <summary>Starts to send to a collector, or to the environment's; null where neither names one.</summary>
    /// <exception cref="AutoDimException">It is no URL.</exception>
    public static Telemetry? Start(string? url)
    {
        var collector = url ?? Environment.GetEnvironmentVariable(EndpointVariable);
        if (string.IsNullOrEmpty(collector)) return null;
        if (!Uri.TryCreate(collector, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) throw new AutoDimException($"{(url == null ? EndpointVariable : "--otlp")} is '{collector}', expected a URL such as http://localhost:4318");
        return new Telemetry(new ConfigurationBuilder()
            .AddInMemoryCollection([new("OTEL_SERVICE_NAME", "autodim"), new("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")])
            .AddEnvironmentVariables()
            .AddInMemoryCollection([new(EndpointVariable, collector)])
            .Build());
    }

    public void Dispose()
    {
        traces.Dispose();
        metrics.Dispose();
    }
}
