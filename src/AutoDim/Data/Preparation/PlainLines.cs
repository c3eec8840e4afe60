namespace AutoDim.Data.Preparation;

/// <summary>
/// Cuts a text into blocks of whole lines as long as it is plain: UTF-8, without quotes where these have a meaning, and without a line
/// that ends in a carriage return alone. <see cref="Rest"/> gives what follows.
/// </summary>
internal sealed class PlainLines : IDisposable
{
    /// <summary>What is read at a time is looked through while it is in cache.</summary>
    private const int PieceBytes = 1 << 18;

    private const int BlockBytes = 1 << 22;

    private readonly Stream stream;
    private readonly bool quotes;
    private readonly TextBlock rest = new();
    private readonly bool isWide;

    /// <param name="range">What of its file the stream has.</param>
    public PlainLines(Stream stream, bool quotes, TextRange range = default)
    {
        this.stream = stream;
        this.quotes = quotes;
        Lines = range.LinesBefore;
        IsPlain = true;
        if (range.Start > 0) return; // marks of byte order stand at a file's begin
        while (rest.Length < sizeof(int) && rest.Append(stream, PieceBytes))
        {
        }

        var mark = rest.Text;
        isWide = mark.StartsWith<byte>([0xFF, 0xFE]) || mark.StartsWith<byte>([0xFE, 0xFF]) || mark.StartsWith<byte>([0, 0, 0xFE, 0xFF]);
        IsPlain = !isWide;
        if (mark.StartsWith("\uFEFF"u8)) rest.RemoveFirst("\uFEFF"u8.Length);
    }

    /// <summary>False once something was met that is not plain.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>Lines before and among those given, all of them whole.</summary>
    public long Lines { get; private set; }

    /// <summary>What follows the lines given. It begins with an empty line, which keeps a mark of byte order within the text from being taken for one.</summary>
    public Stream Rest => isWide ? new JoinedStream(rest.Text.ToArray(), stream) : new JoinedStream([(byte)'\n', .. rest.Text], stream);

    /// <summary>Lines before <see cref="Rest"/>.</summary>
    public long LinesBeforeRest => isWide ? 0 : Lines - 1;

    /// <summary>Takes the next lines: as many as asked for, or fewer.</summary>
    /// <returns>False where there is none: at the end, or where the text is plain no more.</returns>
    public bool Read(TextBlock block, int most)
    {
        block.Begin(Lines + 1);
        if (!IsPlain) return false;
        block.Append(rest.Text);
        int lines = 0, end = 0, scanned = 0; // end: that of the last whole line
        for (var ended = false; ;)
        {
            var piece = block.Text[scanned..];
            if (!ended && piece.EndsWith("\r"u8)) piece = piece[..^1]; // what follows will tell
            var plain = PlainPart(piece);
            lines += FindLines(plain, most - lines, out var length);
            if (length > 0) end = scanned + length;
            if (plain.Length < piece.Length || (lines == 0 && block.Length > DelimitedReader.LargestRecord)) IsPlain = false;
            if (!IsPlain || lines == most || (lines > 0 && block.Length >= BlockBytes)) break;
            scanned += piece.Length;
            if (ended)
            {
                end = block.Length; // the last line may have no end
                break;
            }

            ended = !block.Append(stream, PieceBytes);
        }

        rest.Begin(0);
        rest.Append(block.Text[end..]);
        block.Cut(end);
        Lines += lines;
        return end > 0;
    }

    public void Dispose() => stream.Dispose();

    private ReadOnlySpan<byte> PlainPart(ReadOnlySpan<byte> text)
    {
        if (quotes && text.IndexOf((byte)'"') is >= 0 and var quote) text = text[..quote];
        var at = 0;
        while (text[at..].IndexOf((byte)'\r') is >= 0 and var before)
        {
            at += before + 2;
            if (at > text.Length || text[at - 1] != '\n') return text[..(at - 2)];
        }

        return text;
    }

    private static int FindLines(ReadOnlySpan<byte> text, int most, out int length)
    {
        var lines = text.Count((byte)'\n');
        if (lines <= most)
        {
            length = text.LastIndexOf((byte)'\n') + 1;
            return lines;
        }

        length = 0;
        for (lines = 0; lines < most; lines++) length += text[length..].IndexOf((byte)'\n') + 1;
        return lines;
    }
}
