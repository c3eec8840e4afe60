using System.Buffers.Binary;
using AutoDim.Numerics;

namespace AutoDim.Tests.Fuzzing;

/// <summary>A file changed as damage or malice would: bits, bytes, pieces moved or missing, numbers at their limits, words of its kind.</summary>
internal sealed class Mutation(CounterRandom random)
{
    private static readonly long[] Extremes = [0, 1, -1, 127, 128, 255, 256, short.MaxValue, 65_535, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, long.MaxValue, long.MinValue];

    private static readonly string[] Words =
    [
        "null", "-1", "0", "1e999", "NaN", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "2147483648", "true", "[]", "{}", "\"\"", "[null]", "\"../../etc/passwd\"", "\"/etc/passwd\"",
        "[[[[[[[[[[[[", "\"\\ud800\"", "\0", "\u00e9", "\uFEFF", "&a [*a, *a]", "!!binary x", "? ", "\t", "\"", "\n\n", ",,,,,,,,", "|||||", "1:1 1:1",
    ];

    private long position;

    /// <summary>A changed copy: some one to four changes.</summary>
    public byte[] Of(byte[] whole)
    {
        List<byte> bytes = [.. whole];
        for (var changes = 1 + Below(4); changes > 0; changes--) Change(bytes);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        if (bytes.Count == 0) bytes.Add(0);
        var at = Below(bytes.Count);
        switch (Below(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << Below(8));
                break;
            case 1:
                bytes[at] = (byte)Below(256);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + Below(1 << Below(8))));
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + Below(64))));
                break;
            case 5:
                SetNumber(bytes, at, Extremes[Below(Extremes.Length)], 1 << Below(4));
                break;
            case 6:
                var value = 1L + Below(16);
                SetNumber(bytes, at, Below(2) == 0 ? value : -value, 4);
                break;
            default:
                ReplaceWord(bytes, at, Words[Below(Words.Length)]);
                break;
        }
    }

    private static void SetNumber(List<byte> bytes, int at, long number, int width)
    {
        Span<byte> little = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(little, number);
        for (var i = 0; i < width && at + i < bytes.Count; i++) bytes[at + i] = little[i];
    }

    /// <summary>Puts a word in the place of the one that begins next.</summary>
    private void ReplaceWord(List<byte> bytes, int at, string word)
    {
        while (at < bytes.Count && !IsPartOfWord(bytes[at])) at++;
        var end = at;
        while (end < bytes.Count && IsPartOfWord(bytes[end])) end++;
        if (Below(3) > 0) bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(word));
    }

    private static bool IsPartOfWord(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'.' or (byte)'-' or (byte)'"' or (byte)'_';

    private int Below(int limit) => (int)random.Below(position++, limit);
}
