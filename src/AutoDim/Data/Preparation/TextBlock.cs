namespace AutoDim.Data.Preparation;

/// <summary>Whole lines of a text file.</summary>
internal sealed class TextBlock
{
    private byte[] bytes = [];

    public int Length { get; private set; }

    /// <summary>The first line's number, from 1.</summary>
    public long FirstLine { get; private set; }

    public ReadOnlySpan<byte> Text => bytes.AsSpan(0, Length);

    public void Begin(long firstLine) => (FirstLine, Length) = (firstLine, 0);

    /// <summary>Reads further text onto the end; false at the stream's end.</summary>
    public bool Append(Stream stream, int most)
    {
        Reserve(most);
        var read = stream.Read(bytes.AsSpan(Length, most));
        Length += read;
        return read > 0;
    }

    public void Append(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(bytes.AsSpan(Length));
        Length += text.Length;
    }

    public void RemoveFirst(int length)
    {
        Text[length..].CopyTo(bytes);
        Length -= length;
    }

    /// <summary>Drops what stands after a length.</summary>
    public void Cut(int length) => Length = length;

    private void Reserve(int more)
    {
        if (Length + more > bytes.Length) Array.Resize(ref bytes, Math.Max(2 * bytes.Length, Length + more));
    }
}
