using System.Runtime.InteropServices;
using System.Text;

namespace AutoDim.Native;

/// <summary>A text in UTF-8, ended by a zero, in memory that a caller in another language reads; gone with its owner.</summary>
internal sealed unsafe class NativeText
{
    public NativeText(string text) => Set(text);

    ~NativeText() => NativeMemory.Free(Address);

    public byte* Address { get; private set; }

    /// <summary>Replaces the text; its former address is no longer good.</summary>
    public void Set(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Address = (byte*)NativeMemory.Realloc(Address, (nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(Address, length));
        Address[length] = 0;
    }
}
