using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

public sealed unsafe class NativeBufferTests
{
    [Theory, InlineData(0), InlineData(1), InlineData(1000), InlineData(5 << 20)]
    public void Constructor_AnyLength_ZeroedAndAligned(int length)
    {
        // A dirtied block goes back first, so that zeros are not there by luck.
        using (var dirty = new NativeBuffer<byte>(length)) dirty.AsSpan().Fill(0xFF);
        using var buffer = new NativeBuffer<byte>(length);
        ((nuint)buffer.Pointer % 64).ShouldBe((nuint)0);
        buffer.AsSpan().ContainsAnyExcept((byte)0).ShouldBeFalse();
        buffer.Bytes.ShouldBe(length);
    }

    [Fact]
    public void Constructor_LengthOutOfRange_Refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new NativeBuffer<int>(-1));
        Should.Throw<OverflowException>(() => new NativeBuffer<long>(long.MaxValue));
    }

    [Fact]
    public void AsSpan_BeyondTheEnd_Refused()
    {
        using var buffer = new NativeBuffer<int>(10);
        buffer.AsSpan(8, 2).Length.ShouldBe(2);
        Should.Throw<ArgumentOutOfRangeException>(() => buffer.AsSpan(8, 3).Length);
    }

    [Fact]
    public void Dispose_Twice_Harmless()
    {
        var buffer = new NativeBuffer<int>(10);
        buffer.Dispose();
        buffer.Dispose();
        ((nint)buffer.Pointer).ShouldBe(0);
    }

    [Fact, Trait("Category", "Slow")]
    public void Indexer_AboveTwoToThe31Bytes_ReachesItsElement()
    {
        const long Length = 2_200_000_000 / sizeof(int);
        using var buffer = new NativeBuffer<int>(Length); // committed as it is touched: a few pages
        buffer[Length - 1] = 7;
        buffer[(1L << 29) + 3] = 5; // byte 2^31 + 12, which wraps to 12 or below 0 in 32 bits
        buffer.AsSpan(Length - 2, 2).ToArray().ShouldBe([0, 7]);
        buffer.Pointer[(1L << 29) + 3].ShouldBe(5);
        buffer[3].ShouldBe(0);
        Should.NotThrow(() => buffer.AsSpan());
    }
}
