using System.Globalization;
using AutoDim.Data;

namespace AutoDim.Training;

/// <summary>
/// What a training goes on from, or its best weights: a <see cref="TensorFile"/>. Of tables that are spread over ranks each rank writes its own rows, with the optimiser's
/// state of them, into a part beside that file, all at the same time. Parts are named by their checksums, so that none takes the place of another. Once all are on disk the
/// first rank writes the file itself, which names them, and removes those of before: a kill at any moment leaves the former checkpoint or this one. Any number of ranks reads it.
/// </summary>
internal sealed class Checkpoint(string path)
{
    /// <summary>Between a checkpoint's name and the number of a part's rank; in no name of a stage.</summary>
    private const string PartMark = ".rank-";

    private const string Ending = ".safetensors";

    /// <summary>The key of the parts' names in the file's metadata, and what divides them, which is in no name.</summary>
    private const string Parts = "parts", Divider = "/";

    public string Path { get; } = path;

    private string Folder => System.IO.Path.GetDirectoryName(Path)!;

    private string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool Exists => File.Exists(Path);

    /// <summary>Writes the arrays in their order.</summary>
    /// <param name="metadata">Text that goes with them.</param>
    public void Write(IReadOnlyList<NamedArray> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        var spread = arrays.Where(IsSpread).ToArray();
        if (spread.Length > 0) metadata = new Dictionary<string, string>(metadata) { [Parts] = string.Join(Divider, WritePart(spread)) };
        TensorFile.Write(Path, [.. arrays.Where(array => !IsSpread(array))], metadata);
        AtomicFile.Once(RemoveOwnStrays);
    }

    /// <summary>Reads it into arrays of the same names and shapes, of which each rank keeps what lies there, and returns its metadata.</summary>
    /// <exception cref="AutoDimException">The file or a part is missing, damaged, of another version or shape.</exception>
    public IReadOnlyDictionary<string, string> Read(IReadOnlyList<NamedArray> arrays)
    {
        var parts = PartsOf(Path);
        if (parts.Length == 0) return TensorFile.Read(Path, arrays);
        var shapes = TensorFile.Shapes(Path);
        NamedArray[] spread = [.. arrays.Where(array => !shapes.ContainsKey(array.Name))];
        for (var rank = 0; rank < parts.Length; rank++) ReadPart(parts[rank], new RowPart(rank, parts.Length), spread);
        return TensorFile.Read(Path, [.. arrays.Except(spread)]);
    }

    /// <summary>Removes it, where it is.</summary>
    public void Delete() => AtomicFile.Once(() =>
    {
        if (!Directory.Exists(Folder)) return;
        File.Delete(Path);
        RemoveOwnStrays();
    });

    /// <summary>Removes parts that no checkpoint names, in a folder and below: those of processes that were killed. Nobody else may write there meanwhile.</summary>
    public static void RemoveStrays(string folder)
    {
        foreach (var place in AtomicFile.FoldersOf(folder)) RemoveStrays(place.FullName, $"*{PartMark}*{Ending}");
    }

    private void RemoveOwnStrays() => RemoveStrays(Folder, $"{Name}{PartMark}*{Ending}");

    private static void RemoveStrays(string folder, string pattern)
    {
        foreach (var parts in Directory.GetFiles(folder, pattern).GroupBy(part => part[..part.LastIndexOf(PartMark, StringComparison.Ordinal)] + Ending))
        {
            string[] named = File.Exists(parts.Key) ? PartsOf(parts.Key) : [];
            foreach (var part in parts.Where(part => !named.Contains(System.IO.Path.GetFileName(part)))) File.Delete(part);
        }
    }

    private static bool IsSpread(NamedArray array) => array.Share != null && array.Bytes > 0;

    private static string[] PartsOf(string path) => TensorFile.ReadMetadata(path).GetValueOrDefault(Parts, "").Split(Divider, StringSplitOptions.RemoveEmptyEntries);

    private string NameOf(RowPart part, ulong checksum)
        => string.Create(CultureInfo.InvariantCulture, $"{Name}{PartMark}{part.Number}-of-{part.Count}-{checksum:x16}{Ending}");

    /// <summary>Writes this rank's rows; the names of all ranks' parts.</summary>
    private string[] WritePart(NamedArray[] spread)
    {
        var own = RowPart.Of(spread[0].Share);
        var checksum = TensorFile.WriteOwn(checksum => System.IO.Path.Combine(Folder, NameOf(own, checksum)), [.. spread.Select(array => array.Own)]);
        return [.. spread[0].Share!.Ranks.Each([checksum]).Select((sums, rank) => NameOf(own with { Number = rank }, sums[0]))];
    }

    private void ReadPart(string name, RowPart part, NamedArray[] spread)
    {
        if (!spread.Any(array => RowPart.Of(array.Share).Meets(part))) return;
        var path = System.IO.Path.Combine(Folder, name);
        try
        {
            var shapes = TensorFile.Shapes(path);
            var metadata = TensorFile.Read(path, [.. spread.Select(array => array.In(part, shapes.GetValueOrDefault(array.Name).Columns))]);
            if (name != NameOf(part, ulong.Parse(metadata["checksum"], NumberStyles.HexNumber, CultureInfo.InvariantCulture))) throw new AutoDimException($"'{path}' is not the part that was written under this name; restore it or train again");
        }
        catch (AutoDimException exception)
        {
            throw new AutoDimException($"{exception.Message}; it holds the rows of rank {part.Number} of the {part.Count} that wrote the checkpoint '{Path}'", exception);
        }
    }
}
