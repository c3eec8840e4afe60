using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Embeddings;

namespace AutoDim.Training;

/// <summary>
/// A <see cref="TensorFile"/> in memory without reading it: tables lie where the file is mapped, read only and shared by all processes that
/// map it, and the operating system brings in the pages that lookups touch. A file must not change while it is mapped; ours never do.
/// </summary>
internal sealed unsafe class MappedTensors : ITableRows, IDisposable
{
    private readonly MappedFile file;
    private readonly JsonObject head;
    private readonly long start;

    /// <param name="start">Bytes before the arrays.</param>
    internal MappedTensors(string path, JsonObject head, long start)
    {
        (file, this.head, this.start) = (new MappedFile(path, long.MaxValue), head, start);
    }

    public nint Find(TablePart part) => Find(NamedArray.Of(part));

    /// <summary>Copies the arrays that lie elsewhere, such as dense weights; those that lie in the file are there already.</summary>
    /// <exception cref="AutoDimException">The file holds other arrays.</exception>
    public void CopyTo(IReadOnlyList<NamedArray> arrays)
    {
        TensorFile.CheckLength(file.Path, head, file.Length, start, arrays);
        foreach (var array in arrays)
        {
            var source = Find(array);
            if (source != array.Address) Buffer.MemoryCopy((void*)source, (void*)array.Address, array.Bytes, array.Bytes);
        }
    }

    public void Dispose() => ((IDisposable)file).Dispose();

    private nint Find(NamedArray array)
    {
        var (offset, bytes) = TensorFile.Entry(file.Path, head, array);
        return offset >= 0 && offset <= file.Length - start - bytes ? (nint)(file.Start + start + offset)
            : throw new AutoDimException($"'{file.Path}' is damaged: '{array.Name}' lies outside of it; restore it or train again");
    }
}
