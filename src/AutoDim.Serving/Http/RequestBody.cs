using System.Buffers;
using System.Text.Unicode;
using AutoDim.Serving.Scoring;
using Microsoft.AspNetCore.Http;

namespace AutoDim.Serving.Http;

/// <summary>A request's body, whole, in rented memory.</summary>
internal sealed class RequestBody(BodyMemory memory) : IDisposable
{
    private byte[] bytes = ArrayPool<byte>.Shared.Rent(4096);
    private int length;
    private long taken;

    public ReadOnlySpan<byte> Text => bytes.AsSpan(0, length);

    /// <summary>Reads it; null, or what is wrong.</summary>
    /// <exception cref="OperationCanceledException">It did not come in time.</exception>
    public async ValueTask<RequestProblem?> Read(HttpRequest request, int mostBytes, CancellationToken cancellation)
    {
        if (request.ContentLength > mostBytes) return TooLarge(mostBytes);
        while (true)
        {
            if (length > mostBytes) return TooLarge(mostBytes);
            if (length == bytes.Length && !TryGrow()) return new RequestProblem(429, $"bodies of {memory.Most} bytes are under way already") { Fix = "try again later, or send smaller bodies" };
            var read = await request.Body.ReadAsync(bytes.AsMemory(length), cancellation).ConfigureAwait(false);
            if (read == 0) break;
            length += read;
        }

        if (length == 0) return new RequestProblem(400, "the body is empty") { Fix = "send JSON" };
        return Utf8.IsValid(Text) ? null : new RequestProblem(400, "the body is not UTF-8") { Fix = "send JSON in UTF-8, not compressed" };
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(bytes);
        memory.Return(taken);
    }

    private static RequestProblem TooLarge(int mostBytes) => new(413, $"the body is larger than {mostBytes} bytes") { Fix = "send fewer rows a request, or raise --max-body-bytes" };

    private bool TryGrow()
    {
        var more = 2L * bytes.Length;
        if (!memory.TryTake(more)) return false;
        taken += more;
        var larger = ArrayPool<byte>.Shared.Rent((int)more);
        Text.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
        return true;
    }
}
