namespace AutoDim.Tests.Fuzzing;

/// <summary>A reader of something that comes from outside, and good inputs of it.</summary>
/// <param name="Name">Its folder in the corpus.</param>
/// <param name="FileName">What its input is called.</param>
/// <param name="Seeds">Inputs that it takes.</param>
/// <param name="Read">Reads an input, which lies as a file of that name in a folder; throws as the reader does. Returns what a reader that answers by a value refused it for.</param>
internal sealed record FuzzedReader(string Name, string FileName, IReadOnlyList<byte[]> Seeds, Func<string, string?> Read)
{
    /// <summary>Makes a changed input's checksums right again, as malice would; null: it has none.</summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Most bytes of memory that an input of so many bytes may take.</summary>
    public static long MostMemory(long bytes) => (64 << 20) + (256 * bytes);

    public override string ToString() => Name;
}
