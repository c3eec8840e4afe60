using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AutoDim.Cli.Benchmarks;

/// <summary>A connection that asks, waits for the answer, and asks again: plain HTTP/1.1 over a socket, so that asking costs little beside answering.</summary>
internal sealed class LoadConnection(Uri address) : IDisposable
{
    private readonly TcpClient socket = new(address.Host, address.Port) { NoDelay = true };
    private readonly byte[] answer = new byte[1 << 20];

    /// <summary>Seconds that each answer took.</summary>
    public List<double> Latencies { get; } = [];

    /// <summary>A whole request of these rows.</summary>
    public static byte[] Request(IReadOnlyCollection<string> rows)
    {
        var body = rows.Count == 1 ? rows.First() : $"[{string.Join(',', rows)}]";
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
    }

    /// <summary>Asks for so long, from request to request.</summary>
    public async Task Run(IReadOnlyList<byte[]> requests, int first, TimeSpan time, CancellationToken cancellation)
    {
        var stream = socket.GetStream();
        var clock = Stopwatch.StartNew();
        for (var i = first; clock.Elapsed < time; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await stream.WriteAsync(requests[i % requests.Count], cancellation).ConfigureAwait(false);
            await ReadAnswer(stream, cancellation).ConfigureAwait(false);
            Latencies.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Up to the last chunk's end.</summary>
    private async Task ReadAnswer(NetworkStream stream, CancellationToken cancellation)
    {
        var length = 0;
        do
        {
            var read = await stream.ReadAsync(answer.AsMemory(length), cancellation).ConfigureAwait(false);
            if (read == 0) throw new AutoDimException("the server ended the connection");
            length += read;
        }
        while (!answer.AsSpan(0, length).EndsWith("\r\n0\r\n\r\n"u8));
        if (!answer.AsSpan(0, length).StartsWith("HTTP/1.1 200 "u8)) throw new AutoDimException($"the server answered: {Encoding.UTF8.GetString(answer, 0, Math.Min(length, 500))}");
    }
}
