using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AutoDim.Numerics;

/// <summary>
/// A block of zeroed, 64-byte-aligned native memory with 64-bit length. It has one owner, who disposes it; the finaliser
/// returns what an owner forgot. Blocks of 4 MiB and more are advised to use huge pages where the system has them. The system
/// commits a large block's pages when they are first touched: state of rows that never occur costs no memory. A block may lie in a file instead.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint Alignment = 64;
    private const nuint HugePage = 2 << 20;

    /// <summary>A smaller block is not worth a file.</summary>
    private const long LeastInFile = 1 << 20;

    private readonly FileMemory? file;
    private void* allocation;
    private nuint allocated;

    /// <param name="folder">Where a large block lies in a file, see <see cref="FileMemory"/>; null: it lies in memory.</param>
    public NativeBuffer(long length, string? folder = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (folder != null && checked(length * sizeof(T)) >= LeastInFile)
        {
            (Length, file) = (length, new FileMemory(folder, length * sizeof(T)));
            Pointer = (T*)file.Pointer;
            return;
        }

        MemoryLimit.Take(length, sizeof(T));
        MemoryBudget.Take(checked(length * sizeof(T)));
        Length = length;
        var bytes = checked((nuint)length * (nuint)sizeof(T));
        var large = bytes >= 2 * HugePage;
        var alignment = large ? HugePage : Alignment;
        allocated = checked(bytes + alignment);
        allocation = SystemPages.Allocate(allocated);
        Pointer = (T*)(((nuint)allocation + alignment - 1) & ~(alignment - 1));
        if (large) MemoryAdvice.UseHugePages(Pointer, bytes);
        GC.AddMemoryPressure((long)bytes + 1);
        MemoryUse.AddHeld((long)bytes);
    }

    /// <summary>Memory of another owner, who outlives this; disposing leaves it alone.</summary>
    private NativeBuffer(T* memory, long length)
    {
        Length = length;
        Pointer = memory;
        GC.SuppressFinalize(this);
    }

    ~NativeBuffer() => Release();

    /// <summary>Memory that another owns and who outlives the view, such as a mapped file's; it may be read only.</summary>
    public static NativeBuffer<T> View(nint memory, long length) => new((T*)memory, length);

    public T* Pointer { get; private set; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    public long Bytes => Length * sizeof(T);

    /// <summary>Whether it lies in a file.</summary>
    public bool IsInFile => file != null;

    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Pointer[index];
    }

    /// <summary>Elements [start, start + length) as a span; length is at most 2^31 - 1.</summary>
    public Span<T> AsSpan(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, Length);
        return new Span<T>(Pointer + start, length);
    }

    /// <summary>The whole buffer as a span; throws where it holds 2^31 elements or more.</summary>
    public Span<T> AsSpan() => new(Pointer, checked((int)Length));

    /// <summary>Starts reading elements that are needed soon, where they lie in a file.</summary>
    public void Fetch(long first, long count)
    {
        if (IsInFile) MemoryAdvice.WillNeed(Pointer + first, count * sizeof(T));
    }

    public void Clear() => NativeMemory.Clear(Pointer, (nuint)Bytes);

    public void Dispose()
    {
        Release();
        file?.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        Pointer = null;
        if (allocation == null) return;
        SystemPages.Free(allocation, allocated);
        allocation = null;
        GC.RemoveMemoryPressure(Bytes + 1);
        MemoryUse.AddHeld(-Bytes);
    }
}
