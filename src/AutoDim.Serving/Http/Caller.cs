using System.Net;
using System.Security.Cryptography;
using System.Text;
using AutoDim.Serving.Scoring;
using Microsoft.AspNetCore.Http;

namespace AutoDim.Serving.Http;

/// <summary>Who may ask for what.</summary>
internal sealed class Caller(string? apiKey)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? key = apiKey is { Length: > 0 } ? SHA256.HashData(Encoding.UTF8.GetBytes(apiKey)) : null;

    /// <summary>Null where a request carries the key, or none is asked for.</summary>
    public RequestProblem? Refuse(HttpRequest request)
    {
        if (key == null) return null;
        var header = request.Headers.Authorization.ToString();
        var sent = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : request.Headers["X-Api-Key"].ToString();

        // Digests have one length, and comparing them takes one time, whatever was sent.
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), key) ? null
            : new RequestProblem(401, "the request carries no key, or a wrong one") { Fix = "send the header Authorization: Bearer KEY" };
    }

    /// <summary>As <see cref="Refuse"/>; where no key is asked for, callers must be on this machine, and no web page of another origin.</summary>
    public RequestProblem? RefuseAdministration(HttpRequest request)
    {
        if (key != null) return Refuse(request);
        var isLocal = request.HttpContext.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
        var isForeignPage = request.Headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == request.Host.Value);
        return isLocal && !isForeignPage ? null : new RequestProblem(403, "administration without a key is for callers on the server's machine") { Fix = "start the server with --api-key and send that key" };
    }
}
