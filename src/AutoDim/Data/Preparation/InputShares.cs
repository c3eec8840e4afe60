using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// What each of several ranks reads of the files: of all bytes an equal share, in the order of the ranks. A plain text file is cut where lines end. One that holds line breaks within quotes, is packed or is
/// no text cannot be cut: the rank whose share it begins in reads all of it. Each rank first looks through the pieces that are to be its own, so that it knows how many lines come before them.
/// </summary>
internal sealed class InputShares
{
    /// <summary>Stands for the number of lines of what cannot be cut.</summary>
    private const long NotPlain = -1;

    private readonly PreparationInputs inputs;
    private readonly Ranks ranks;
    private readonly long[] starts; // bytes of all files before each, and at last of all

    private InputShares(PreparationInputs inputs, Ranks ranks)
    {
        (this.inputs, this.ranks) = (inputs, ranks);
        starts = new long[inputs.Files.Count + 1];
        for (var f = 0; f < inputs.Files.Count; f++) starts[f + 1] = starts[f] + inputs.Files[f].Bytes;
    }

    /// <summary>This rank's pieces, in the files' order.</summary>
    /// <param name="note">Told of files that cannot be cut.</param>
    public static IReadOnlyList<InputPiece> Of(PreparationInputs inputs, Ranks ranks, Action<string>? note)
        => ranks.AreSeveral ? new InputShares(inputs, ranks).Pieces(note) : [.. inputs.Files.Select(file => new InputPiece(file, default))];

    private List<InputPiece> Pieces(Action<string>? note)
    {
        var own = new TextRange[inputs.Files.Count];
        var lines = new long[inputs.Files.Count];
        for (var f = 0; f < own.Length; f++) (own[f], lines[f]) = IsCut(f) ? Look(inputs.Files[f], starts[f]) : (default, NotPlain);
        var all = ranks.Each(lines);
        List<InputPiece> pieces = [];
        for (var f = 0; f < own.Length; f++)
        {
            var file = inputs.Files[f];
            if (all.All(rank => rank[f] != NotPlain))
            {
                var range = own[f] with { LinesBefore = all.Take(ranks.Rank).Sum(rank => rank[f]) };
                if (range.Start < range.End) pieces.Add(new InputPiece(file, range));
                continue;
            }

            if (IsCut(f)) note?.Invoke($"'{file.Path}' is packed, no text, or has quotes, and cannot be divided: one rank reads all of it");
            if (BeginsHere(starts[f])) pieces.Add(new InputPiece(file, default));
        }

        return pieces;
    }

    /// <summary>Whether a rank's share begins within a file.</summary>
    private bool IsCut(int f) => Enumerable.Range(1, ranks.Count - 1).Any(rank => FirstOf(rank) > starts[f] && FirstOf(rank) < starts[f + 1]);

    /// <summary>Where a rank's share of all bytes begins.</summary>
    private long FirstOf(int rank) => (long)((Int128)starts[^1] * rank / ranks.Count);

    private bool BeginsHere(long start) => start >= FirstOf(ranks.Rank) && (start < FirstOf(ranks.Rank + 1) || ranks.Rank == ranks.Count - 1);

    /// <summary>This rank's piece of a file, and how many lines it has.</summary>
    /// <param name="start">Bytes of files before it.</param>
    private (TextRange Range, long Lines) Look(InputSplit file, long start)
    {
        try
        {
            if (!inputs.IsPlainText(file)) return (default, NotPlain);
            var range = new TextRange(LineFrom(file, FirstOf(ranks.Rank) - start), LineFrom(file, FirstOf(ranks.Rank + 1) - start), 0);
            return (range, range.Start < range.End ? LinesOf(file, range) : 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or AutoDimException)
        {
            return (default, NotPlain); // who reads it whole will tell, when it is that file's turn
        }
    }

    /// <summary>The first place from a given one on where a line begins, or the file's end.</summary>
    private static long LineFrom(InputSplit file, long place)
    {
        place = Math.Clamp(place, 0, file.Bytes);
        if (place == 0) return place;
        using var stream = InputFile.Open(file.Path, range: new TextRange(place - 1, null, 0));
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0; place += read)
        {
            if (buffer.AsSpan(0, read).IndexOf((byte)'\n') is >= 0 and var end) return place + end;
        }

        return file.Bytes;
    }

    /// <summary>Lines of a piece that can be read by itself; the one at the file's begin must hold the line that may name the columns.</summary>
    private long LinesOf(InputSplit file, TextRange range)
    {
        using var lines = new PlainLines(InputFile.Open(file.Path, range: range), inputs.Libfm == null && inputs.Schema.Quotes, range);
        var (block, hasText) = (new TextBlock(), range.Start > 0);
        while (lines.Read(block, int.MaxValue)) hasText |= !block.Text.Trim(" \t\r\n"u8).IsEmpty;
        return lines.IsPlain && hasText ? lines.Lines : NotPlain;
    }
}

/// <summary>What is read of a file at a time.</summary>
internal readonly record struct InputPiece(InputSplit File, TextRange Range)
{
    public long Bytes => (Range.End ?? File.Bytes) - Range.Start;
}
