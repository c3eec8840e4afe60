using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AutoDim.Export;
using AutoDim.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoDim.Cli.Commands;

/// <summary>autodim serve: a model behind HTTP.</summary>
internal static class ServeCommand
{
    private const string KeyVariable = "AUTODIM_API_KEY";
    private const string PasswordVariable = "AUTODIM_CERTIFICATE_PASSWORD";

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "model folder, or the run folder that holds it; a new version in it is loaded as it comes" };
        var port = new Option<int>("--port") { Description = "port to listen on, 0 to 65535; 0: any free one", HelpName = "number", DefaultValueFactory = _ => 8080 };
        var grpcPort = new Option<int?>("--grpc-port") { Description = "port for gRPC, beside JSON's, 0 to 65535; 0: any free one (default: no gRPC)", HelpName = "number" };
        var host = new Option<string>("--host") { Description = "address to listen on; 0.0.0.0 or :: for callers from other machines", HelpName = "address", DefaultValueFactory = _ => "127.0.0.1" };
        var certificate = new Option<string?>("--certificate") { Description = $"for TLS: a PKCS #12 file, its password in {PasswordVariable}; or a PEM file", HelpName = "FILE" };
        var key = new Option<string?>("--certificate-key") { Description = "PEM file of the private key, where the certificate's has none", HelpName = "FILE" };
        var collector = new Option<string?>("--otlp") { Description = $"send traces and metrics to this OpenTelemetry collector, such as http://localhost:4318; or {Telemetry.EndpointVariable}", HelpName = "URL" };
        var command = new Command("serve", "Score rows over HTTP and gRPC, with a page to try it.") { model, port, grpcPort, host, certificate, key, collector };
        var common = new CommonOptions(command, makesFolder: false);
        var settings = new SettingOptions<ServingOptions>(command);
        var memory = new MemoryOption(command, "lower --max-body-bytes or --workers, or make the model smaller with autodim compress");
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var terminal = common.Terminal(parse);
            var number = parse.GetValue(port);
            if (number is < 0 or > IPEndPoint.MaxPort) throw new AutoDimException($"--port is {number}, expected 0 to {IPEndPoint.MaxPort}");
            var second = parse.GetValue(grpcPort);
            if (second is < 0 or > IPEndPoint.MaxPort || (second > 0 && second == number)) throw new AutoDimException($"--grpc-port is {second}, expected 0 to {IPEndPoint.MaxPort}, and not --port's number");
            if (!IPAddress.TryParse(parse.GetValue(host) is "localhost" ? "127.0.0.1" : parse.GetValue(host), out var address)) throw new AutoDimException($"--host is '{parse.GetValue(host)}', expected an address such as 127.0.0.1 or 0.0.0.0");
            var options = settings.Build(parse);
            if (string.IsNullOrEmpty(options.ApiKey)) options = options with { ApiKey = Environment.GetEnvironmentVariable(KeyVariable) };
            var folder = parse.GetValue(model)!;
            using var budget = memory.Obey(parse, () => [("serving", ServingMemory.Estimate(new ModelSize(TrainedModel.Find(folder)), options))]);
            using var secret = parse.GetValue(certificate) is { } file ? LoadCertificate(file, parse.GetValue(key)) : null;
            var application = ScoringServer.Build(folder, options, address, number, secret, second);
            try
            {
                using var telemetry = Telemetry.Start(parse.GetValue(collector)); // ends before the application does, whose figures it sends a last time
                Start(application, address, second == null ? $"port {number}" : $"ports {number} and {second}");
                var started = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalMilliseconds;
                terminal.Write(string.Create(CultureInfo.InvariantCulture, $"serving {TrainedModel.Find(folder)} at {application.Urls.First()} after {started:F0} ms"));
                if (second != null) terminal.Write($"gRPC at {application.Urls.Last()}");
                terminal.WriteJson(() => Told(application, started, second != null).ToJsonString());
                if (!IPAddress.IsLoopback(address) && string.IsNullOrEmpty(options.ApiKey)) terminal.Say($"note: anyone who reaches this address may ask; {KeyVariable} sets a key that requests must carry");
                application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => terminal.Say("ending: requests under way are answered"));
                application.WaitForShutdownAsync(cancellation).GetAwaiter().GetResult();
            }
            finally
            {
                application.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }

            return CommandHost.Success;
        }));
        return command;
    }

    private static JsonObject Told(WebApplication application, double started, bool hasGrpc)
    {
        var told = new JsonObject { ["url"] = application.Urls.First(), ["startMilliseconds"] = Math.Round(started) };
        if (hasGrpc) told["grpc"] = application.Urls.Last();
        return told;
    }

    private static void Start(WebApplication application, IPAddress address, string ports)
    {
        try
        {
            application.StartAsync().GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new AutoDimException($"cannot listen on {address}, {ports}: {Reason.Of(exception)}; choose another with --port, --grpc-port or --host", exception);
        }
    }

    private static X509Certificate2 LoadCertificate(string file, string? keyFile)
    {
        foreach (var path in (string?[])[file, keyFile])
        {
            if (path != null && !File.Exists(path)) throw new AutoDimException($"cannot use the certificate '{file}': there is no file '{path}'; see --certificate and --certificate-key");
        }

        try
        {
            return X509Certificate2.GetCertContentType(file) == X509ContentType.Pfx
                ? X509CertificateLoader.LoadPkcs12FromFile(file, Environment.GetEnvironmentVariable(PasswordVariable))
                : X509Certificate2.CreateFromPemFile(file, keyFile);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot use the certificate '{file}': {Reason.Of(exception)}; give a PKCS #12 file and its password in {PasswordVariable}, or PEM files with --certificate and --certificate-key", exception);
        }
    }
}
