using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AutoDim.Training;

/// <summary>
/// The arrays of a file that any program may have written: safetensors (https://github.com/huggingface/safetensors) or numpy's npz
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). What heads say of sizes is held against the file before anything is read.
/// </summary>
internal sealed unsafe partial class ArrayFile : IDisposable
{
    private const int LongestHead = 100_000_000;
    private const int ChunkBytes = 1 << 20;

    /// <summary>No deflated stream unpacks to more times its bytes.</summary>
    private const long MostDeflated = 1040;

    private readonly string path;
    private readonly Stream stream;
    private readonly ZipArchive? archive;

    private ArrayFile(string path, Stream stream, bool isZip)
    {
        (this.path, this.stream) = (path, stream);
        archive = isZip ? new ZipArchive(stream, ZipArchiveMode.Read) : null;
        Arrays = archive == null ? ReadHead() : [.. archive.Entries.Where(entry => entry.Name.EndsWith(".npy", StringComparison.Ordinal)).Select(ReadEntry)];
        if (Arrays.GroupBy(array => array.Name).FirstOrDefault(group => group.Count() > 1) is { } twice) throw new InvalidDataException($"it has two arrays named '{twice.Key}'");
    }

    /// <summary>In the file's order.</summary>
    public IReadOnlyList<ForeignArray> Arrays { get; }

    /// <summary>Whether this is the name of such a file.</summary>
    public static bool IsName(string path) => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || IsNumpy(path);

    /// <summary>Whether this is the name of a npz file.</summary>
    public static bool IsNumpy(string path) => path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="AutoDimException">The file is missing, damaged or none of these.</exception>
    public static ArrayFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return new ArrayFile(path, stream, IsNumpy(path));
        }
        catch (Exception exception) when (IsProblem(exception))
        {
            stream?.Dispose();
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Reads an array's numbers, whatever their type, in rows.</summary>
    /// <param name="target">Room for all of them.</param>
    /// <exception cref="AutoDimException">The file ends too soon, or a number is none.</exception>
    public void Read(ForeignArray array, Real* target)
    {
        try
        {
            using var source = array.Open();
            var (size, buffer) = (array.NumberBytes, new byte[ChunkBytes]);
            for (var done = 0L; done < array.Count;)
            {
                var numbers = (int)Math.Min(array.Count - done, buffer.Length / size);
                source.ReadExactly(buffer, 0, numbers * size);
                for (var i = 0; i < numbers; i++)
                {
                    var number = Number(array.Type, buffer.AsSpan(i * size, size));
                    if (!double.IsFinite(number)) throw new InvalidDataException($"number {done + i} of '{array.Name}' is {number}");
                    target[done + i] = (Real)number;
                }

                done += numbers;
            }
        }
        catch (Exception exception) when (IsProblem(exception))
        {
            throw Unreadable(path, exception);
        }
    }

    public void Dispose()
    {
        archive?.Dispose();
        stream.Dispose();
    }

    private static bool IsProblem(Exception exception)
        => exception is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or ArgumentException or InvalidOperationException or KeyNotFoundException or OverflowException or FormatException;

    private static AutoDimException Unreadable(string path, Exception exception)
        => new($"cannot read the arrays '{path}': {Reason.Of(exception)}{(exception is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException ? "" : "; write them as safetensors, or with numpy.savez")}", exception);

    private static double Number(ForeignType? type, ReadOnlySpan<byte> bytes) => type switch
    {
        ForeignType.Float16 => (double)BitConverter.ToHalf(bytes),
        ForeignType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes) << 16),
        ForeignType.Float32 => BitConverter.ToSingle(bytes),
        _ => BitConverter.ToDouble(bytes),
    };

    private ForeignArray[] ReadHead()
    {
        Span<byte> size = stackalloc byte[sizeof(long)];
        stream.ReadExactly(size);
        var length = BitConverter.ToInt64(size);
        if (length <= 0 || length > Math.Min(stream.Length - size.Length, LongestHead)) throw new InvalidDataException($"its head would have {length} bytes");
        var text = new byte[length];
        stream.ReadExactly(text);
        using var head = JsonDocument.Parse(text);
        var start = size.Length + length;
        return [.. head.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").Select(entry =>
        {
            var type = entry.Value.GetProperty("dtype").GetString() switch
            {
                "F16" => ForeignType.Float16,
                "BF16" => ForeignType.BFloat16,
                "F32" => ForeignType.Float32,
                "F64" => ForeignType.Float64,
                _ => (ForeignType?)null,
            };
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt64())];
            long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            if (offsets.Length != 2 || offsets[0] < 0 || offsets[0] > offsets[1] || offsets[1] > stream.Length - start) throw new InvalidDataException($"'{entry.Name}' lies outside of the file");
            return Checked(new ForeignArray(entry.Name, type, shape, () =>
            {
                var opened = File.OpenRead(path);
                opened.Position = start + offsets[0];
                return opened;
            }), offsets[1] - offsets[0]);
        })];
    }

    private static ForeignArray ReadEntry(ZipArchiveEntry entry)
    {
        var name = entry.FullName[..^".npy".Length];
        if (entry.Length > MostDeflated * Math.Max(1, entry.CompressedLength)) throw new InvalidDataException($"'{name}' says to be {entry.Length} bytes, which its {entry.CompressedLength} packed ones cannot be");
        using var source = entry.Open();
        var (text, length) = NumpyHead(source, name);
        if (NumpyText().Match(text) is not { Success: true } match) throw new InvalidDataException($"'{name}' has a head that is not understood: {text.Trim()}");
        if (match.Groups["fortran"].Value == "True") throw new InvalidDataException($"'{name}' lies column by column; write it with numpy.ascontiguousarray");
        var type = match.Groups["type"].Value switch
        {
            "<f2" => ForeignType.Float16,
            "<f4" => ForeignType.Float32,
            "<f8" => ForeignType.Float64,
            _ => (ForeignType?)null,
        };
        long[] shape = [.. match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(extent => long.Parse(extent, CultureInfo.InvariantCulture))];
        return Checked(new ForeignArray(name, type, shape, () =>
        {
            var opened = entry.Open();
            NumpyHead(opened, name);
            return opened;
        }), entry.Length - length);
    }

    /// <summary>The dictionary before the numbers, and how many bytes there are before those.</summary>
    private static (string Text, int Bytes) NumpyHead(Stream source, string name)
    {
        Span<byte> start = stackalloc byte[12];
        source.ReadExactly(start[..10]);
        if (!start[..6].SequenceEqual((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8])) throw new InvalidDataException($"'{name}' is not an array of numpy's");
        var isLong = start[6] > 1;
        if (isLong) source.ReadExactly(start[10..]);
        var length = isLong ? BitConverter.ToUInt32(start[8..]) : BitConverter.ToUInt16(start[8..]);
        if (length > 1 << 16) throw new InvalidDataException($"'{name}' has a head of {length} bytes");
        var text = new byte[length];
        source.ReadExactly(text);
        return (Encoding.ASCII.GetString(text), (isLong ? 12 : 10) + (int)length);
    }

    private static ForeignArray Checked(ForeignArray array, long bytes)
    {
        if (array.Shape.Any(extent => extent < 0)) throw new InvalidDataException($"'{array.Name}' has a shape below 0");
        if (array.Type != null && array.Bytes != bytes) throw new InvalidDataException($"'{array.Name}' of shape ({string.Join(", ", array.Shape)}) has {bytes} bytes, expected {array.Bytes}");
        return array;
    }

    [GeneratedRegex(@"^\s*\{\s*'descr':\s*'(?<type>[^']*)',\s*'fortran_order':\s*(?<fortran>True|False),\s*'shape':\s*\((?<shape>[0-9, ]*)\),?\s*\}\s*$")]
    private static partial Regex NumpyText();
}

/// <summary>Numbers that other programs write.</summary>
internal enum ForeignType
{
    Float16,
    BFloat16,
    Float32,
    Float64,
}

/// <summary>An array of a file.</summary>
/// <param name="Type">Of its numbers; null where they are none of these.</param>
/// <param name="Open">A stream of its numbers, row by row.</param>
internal sealed record ForeignArray(string Name, ForeignType? Type, IReadOnlyList<long> Shape, Func<Stream> Open)
{
    public long Count => Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    public int NumberBytes => Type switch
    {
        ForeignType.Float64 => sizeof(double),
        ForeignType.Float32 => sizeof(float),
        _ => sizeof(ushort),
    };

    public long Bytes => checked(Count * NumberBytes);
}
