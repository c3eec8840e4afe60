using System.Buffers.Text;
using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>
/// libfm and libsvm lines of one-hot ids, "label id:1 id:1 …", one id per field in field order. fields.tsv beside the file gives
/// each field's name, first and last id (inclusive).
/// </summary>
internal sealed class LibfmReader(string path, IReadOnlyList<LibfmField> fields, Action<long>? progress, TextRange range = default) : IRecordReader
{
    private const int LongestLine = 1 << 24;

    private readonly Stream stream = InputFile.Open(path, progress, range);
    private byte[] buffer = new byte[1 << 16];
    private int start, end;
    private long line = range.LinesBefore;

    public bool Read(RecordChunk chunk)
    {
        chunk.Clear();
        while (chunk.Taken < RecordChunk.Capacity && TryLine(out var text))
        {
            if (text.IsEmpty) continue;
            chunk.EndRow(ReadRow(text, chunk), line, text);
        }

        return chunk.Taken > 0;
    }

    public void Dispose() => stream.Dispose();

    private string? ReadRow(ReadOnlySpan<byte> text, RecordChunk chunk)
    {
        var label = NextToken(ref text);
        if (!Utf8Parser.TryParse(label, out double number, out var used) || used != label.Length || number is not (0 or 1 or -1))
        {
            return $"label '{Encoding.UTF8.GetString(label)}' is not 1, 0 or -1";
        }

        chunk.Labels[chunk.Count] = number == 1 ? 1 : 0;
        for (var m = 0; m < fields.Count; m++)
        {
            var token = NextToken(ref text);
            if (token.IsEmpty) return $"the row has {m} ids, expected {fields.Count} (fields.tsv)";
            if (!Utf8Parser.TryParse(token, out long id, out used) || (used < token.Length && !token[used..].SequenceEqual(":1"u8)))
            {
                return $"'{Encoding.UTF8.GetString(token)}' is not an id with value 1";
            }

            if (id < fields[m].First || id > fields[m].Last)
            {
                return $"id {id} of field '{fields[m].Name}' is outside its range {fields[m].First} to {fields[m].Last} (fields.tsv)";
            }

            chunk.Columns[m].Add((ulong)id);
        }

        return NextToken(ref text).IsEmpty ? null : $"the row has more than {fields.Count} ids (fields.tsv)";
    }

    private static ReadOnlySpan<byte> NextToken(ref ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t"u8);
        var length = text.IndexOfAny((byte)' ', (byte)'\t');
        var token = length < 0 ? text : text[..length];
        text = text[token.Length..];
        return token;
    }

    private bool TryLine(out ReadOnlySpan<byte> text)
    {
        var searched = 0; // bytes from start on that hold no line's end
        while (true)
        {
            var length = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                length += searched;
                text = buffer.AsSpan(start, length).Trim(" \t\r"u8);
                start += length + 1;
                line++;
                return true;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            searched = end;
            if (end > LongestLine) throw new AutoDimException($"{path}, line {line + 1}: the line is longer than {LongestLine} bytes; this is no libfm file");
            if (end == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
            var read = stream.Read(buffer.AsSpan(end));
            if (read > 0)
            {
                end += read;
                continue;
            }

            text = buffer.AsSpan(0, end).Trim(" \t\r"u8);
            start = end;
            line++;
            return text.Length > 0;
        }
    }
}
