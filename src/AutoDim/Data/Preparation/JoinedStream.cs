namespace AutoDim.Data.Preparation;

/// <summary>Some bytes, then a stream.</summary>
internal sealed class JoinedStream(byte[] first, Stream then) : ReadOnlyStream
{
    private int given;

    public override int Read(Span<byte> buffer)
    {
        if (given == first.Length) return then.Read(buffer);
        var length = Math.Min(buffer.Length, first.Length - given);
        first.AsSpan(given, length).CopyTo(buffer);
        given += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) then.Dispose();
        base.Dispose(disposing);
    }
}
