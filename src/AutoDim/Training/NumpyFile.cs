using System.IO.Compression;
using System.Text;
using AutoDim.Data;

namespace AutoDim.Training;

/// <summary>Named arrays as numpy keeps them: a ZIP archive, stored, with a .npy file for each.</summary>
internal static class NumpyFile
{
    /// <summary>Arrays begin at multiples of it, as numpy has them.</summary>
    private const int Alignment = 64;

    /// <summary>The first that a zip file can tell: the same arrays make the same bytes.</summary>
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Write(string path, IReadOnlyList<NamedArray> arrays) => AtomicFile.Write(path, stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var array in arrays)
        {
            var made = archive.CreateEntry(EntryOf(array), CompressionLevel.NoCompression);
            made.LastWriteTime = NoTime;
            using var entry = made.Open();
            entry.Write(HeadOf(array));
            array.ForEachChunk(chunk => entry.Write(chunk));
        }
    });

    /// <summary>Reads a file into arrays of the same names, types and shapes.</summary>
    /// <exception cref="AutoDimException">The file is damaged, or of another model.</exception>
    public static void Read(string path, IReadOnlyList<NamedArray> arrays)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            if (archive.Entries.Count != arrays.Count) throw new InvalidDataException($"it holds {archive.Entries.Count} arrays, the model has {arrays.Count}");
            foreach (var array in arrays)
            {
                using var entry = (archive.GetEntry(EntryOf(array)) ?? throw new InvalidDataException($"it lacks '{array.Name}'")).Open();
                var (expected, head) = (HeadOf(array), new byte[HeadOf(array).Length]);
                entry.ReadExactly(head);
                if (!head.AsSpan().SequenceEqual(expected)) throw new InvalidDataException($"'{array.Name}' has another shape or type");
                array.ReadFrom(entry);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new AutoDimException($"cannot read the arrays '{path}': {Reason.Of(exception)}", exception);
        }
    }

    private static string EntryOf(NamedArray array) => $"{array.Name}.npy";

    /// <summary>The mark of version 1.0, the length of what follows, and a Python dictionary padded with spaces.</summary>
    private static byte[] HeadOf(NamedArray array)
    {
        var type = array.Type switch
        {
            NamedArray.ElementType.Number => $"<f{sizeof(Real)}",
            NamedArray.ElementType.Integer => "<i4",
            _ => "|u1",
        };
        var text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({array.Rows}, {array.Columns}), }}";
        const int Before = 10;
        var length = ((Before + text.Length + Alignment) / Alignment * Alignment) - Before;
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - 1)), (byte)'\n'];
    }
}
