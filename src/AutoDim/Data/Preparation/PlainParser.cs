using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Data.Preparation;

/// <summary>Parses lines of plain text, in which every separator and line's end is one. Any number of threads may do so at a time.</summary>
/// <param name="width">Cells of a row.</param>
/// <param name="columns">Which of them are wanted, as <see cref="CellParser.Columns"/> has them.</param>
/// <param name="skipsBlank">Whether lines of nothing but blanks are no rows.</param>
internal sealed class PlainParser(CellParser cells, byte separator, int width, int[] columns, bool skipsBlank)
{
    /// <summary>Whether a line is no row.</summary>
    public bool IsEmpty(ReadOnlySpan<byte> line) => (skipsBlank ? line.Trim(" \t\r\n"u8) : line.Trim("\r\n"u8)).IsEmpty && !line.Contains(separator);

    public void Parse(RecordChunk chunk)
    {
        var text = chunk.Text.Text;
        var bounds = new int[width + 1]; // of the current line's cells: what stands before the first, and after each
        bounds[0] = -1;
        var found = 0;
        var line = chunk.Text.FirstLine;
        for (var at = 0; at < text.Length; at += Vector512<byte>.Count)
        {
            for (var marks = Marks(text, at); marks != 0; marks &= marks - 1)
            {
                var place = at + BitOperations.TrailingZeroCount(marks);
                if (++found <= width) bounds[found] = place;
                if (text[place] != '\n') continue;
                ParseLine(text[..place], bounds, found, line++, chunk);
                (bounds[0], found) = (place, 0);
            }
        }

        if (bounds[0] + 1 == text.Length) return;
        if (++found <= width) bounds[found] = text.Length;
        ParseLine(text, bounds, found, line, chunk);
    }

    /// <summary>A bit for each of the 64 bytes from a place on that is a separator or a line's end.</summary>
    private ulong Marks(ReadOnlySpan<byte> text, int at)
    {
        if (text.Length - at < Vector512<byte>.Count)
        {
            Span<byte> last = stackalloc byte[Vector512<byte>.Count];
            last.Clear();
            text[at..].CopyTo(last);
            return Marks(Vector512.Create<byte>(last)) & ((1UL << (text.Length - at)) - 1);
        }

        return Marks(Vector512.Create(text[at..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Marks(Vector512<byte> text)
        => (Vector512.Equals(text, Vector512.Create(separator)) | Vector512.Equals(text, Vector512.Create((byte)'\n'))).ExtractMostSignificantBits();

    /// <param name="text">Up to the line's end.</param>
    /// <param name="found">How many cells the line has.</param>
    private void ParseLine(ReadOnlySpan<byte> text, int[] bounds, int found, long number, RecordChunk chunk)
    {
        var start = bounds[0] + 1;
        if (text.Length > start && text[^1] == '\r')
        {
            text = text[..^1];
            if (found <= width) bounds[found]--;
        }

        var line = text[start..];
        if (found == 1 && IsEmpty(line)) return;
        var problem = found == width ? cells.ParseRow(new Row(text, bounds, columns), chunk) : $"the row has {found} values, expected {width}";
        chunk.EndRow(problem, number, line);
    }

    private readonly ref struct Row(ReadOnlySpan<byte> text, int[] bounds, int[] columns) : IRowText
    {
        private readonly ReadOnlySpan<byte> text = text;

        public ReadOnlySpan<byte> this[int column]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                var place = columns[column];
                var cell = text[(bounds[place] + 1)..bounds[place + 1]];
                return cell.Length > 0 && (cell[0] <= ' ' || cell[^1] <= ' ') ? cell.Trim(" \t"u8) : cell;
            }
        }
    }
}
