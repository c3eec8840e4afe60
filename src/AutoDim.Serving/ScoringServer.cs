using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AutoDim.Serving;

/// <summary>A web server that does nothing but serve a model: what <c>autodim serve</c> starts.</summary>
public static class ScoringServer
{
    private const int MostConnections = 4096;

    /// <param name="modelFolder">Model folder, or the run folder that holds it.</param>
    /// <param name="address">Loopback, unless others are to reach it.</param>
    /// <param name="port">0 for any free one; <see cref="WebApplication.Urls"/> tells it once started.</param>
    /// <param name="certificate">For TLS; null: plain HTTP.</param>
    /// <param name="grpcPort">For gRPC: HTTP/2 alone, without TLS too, where one port cannot tell HTTP/1.1 from it; 0 for any free one, the second of the URLs; null: no gRPC.</param>
    public static WebApplication Build(string modelFolder, ServingOptions options, IPAddress address, int port, X509Certificate2? certificate = null, int? grpcPort = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical); // why it did not start is the caller's exception already
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical); // of slow and broken clients; our own failures are the endpoints' to log
        builder.Logging.AddFilter("Grpc", LogLevel.Warning); // a refusal is the caller's to read
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = null; // the endpoints' own limit tells what it is
            server.Limits.MaxConcurrentConnections = MostConnections;
            server.Limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(options.TimeoutMs);
            server.Listen(address, port, listen => Secure(listen, certificate));
            if (grpcPort is not { } second) return;
            server.Listen(address, second, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                Secure(listen, certificate);
            });
        });
        builder.Services.AddAutoDimScorer(modelFolder, options);
        if (grpcPort != null) builder.Services.AddAutoDimGrpc();
        var application = builder.Build();
        application.MapAutoDim();
        if (grpcPort != null) application.MapAutoDimGrpc();
        return application;
    }

    private static void Secure(ListenOptions listen, X509Certificate2? certificate)
    {
        if (certificate != null) listen.UseHttps(new Microsoft.AspNetCore.Server.Kestrel.Https.TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = certificate }) });
    }
}
