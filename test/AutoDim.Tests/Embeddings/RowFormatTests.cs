using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class RowFormatTests
{
    [Theory]
    [InlineData(RowStorage.Float32, 16, 64), InlineData(RowStorage.Float16, 16, 32), InlineData(RowStorage.Int8, 16, 18), InlineData(RowStorage.Int4, 16, 10), InlineData(RowStorage.Int4, 7, 6)]
    [InlineData(RowStorage.Int8, 1, 2), InlineData(RowStorage.Int4, 1, 2), InlineData(RowStorage.Float32, 1, 4), InlineData(RowStorage.Int8, 0, 0)]
    public void Bytes_Storage_IsWhatARowTakes(RowStorage storage, int dim, long bytes) => RowFormat.Bytes(storage, dim).ShouldBe(bytes);

    /// <summary>Half a step of the scale that reaches the largest number, and the scale itself is rounded to eight bits.</summary>
    [Theory]
    [InlineData(RowStorage.Int8, 127), InlineData(RowStorage.Int4, 7)]
    public void Decode_IntegerRow_ErrorIsNoMoreThanOfThePlainScale(RowStorage storage, int limit)
    {
        var random = new CounterRandom(3, 1);
        for (var round = 0; round < 200; round++)
        {
            var row = Numbers(1 + (round % 33), random.Fork((ulong)round), Math.Pow(10, (round % 9) - 6));
            var decoded = Around(storage, row);
            var largest = row.Max(number => Math.Abs((double)number));
            var error = row.Zip(decoded, (a, b) => (double)(a - b)).Sum(rest => rest * rest);
            var half = largest / limit / 2 * 1.01;
            error.ShouldBeLessThanOrEqualTo(row.Length * half * half * 1.05);
        }
    }

    [Fact]
    public void Decode_HalfPrecision_IsTheNearestHalf()
    {
        Real[] row = [1, -0.3333333f, 1e-7f, 70000, 0];
        Around(RowStorage.Float16, row).ShouldBe([(Real)(float)(Half)1f, (Real)(float)(Half)(-0.3333333f), (Real)(float)(Half)1e-7f, (Real)65504f, (Real)0]);
    }

    [Theory, InlineData(RowStorage.Float16), InlineData(RowStorage.Int8), InlineData(RowStorage.Int4)]
    public void Decode_RowOfZeros_IsZeros(RowStorage storage) => Around(storage, new Real[5]).ShouldAllBe(number => number == 0);

    [Theory, InlineData(RowStorage.Int8), InlineData(RowStorage.Int4)]
    public void Encode_NumbersOnTheGrid_ComeBackExactly(RowStorage storage)
    {
        Real[] row = [.. (storage == RowStorage.Int8 ? new[] { 127, -127, 3, 0, -64 } : [7, -7, 3, 0, -4]).Select(code => (Real)(code * 0.015625))];
        Around(storage, row).ShouldBe(row);
    }

    private static Real[] Numbers(int count, CounterRandom random, double scale) => [.. Enumerable.Range(0, count).Select(i => (Real)(scale * random.Normal(i)))];

    private static Real[] Around(RowStorage storage, Real[] row)
    {
        var packed = new byte[RowFormat.Bytes(storage, row.Length) + 8];
        Array.Fill(packed, (byte)0xA5);
        var decoded = new Real[row.Length];
        fixed (Real* source = row, target = decoded)
        fixed (byte* bytes = packed)
        {
            RowFormat.Encode(storage, source, row.Length, bytes);
            RowFormat.Decode(storage, bytes, row.Length, target);
        }

        if (row.Length > 1) packed[^8..].ShouldAllBe(written => written == 0xA5);
        return decoded;
    }
}
