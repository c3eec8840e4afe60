using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class RowFormatTests
{
    [Theory]
    [InlineData(RowStorage.Float32, 16, 64), InlineData(RowStorage.Float16, 16, 32), InlineData(RowStorage.Int8, 16, 17), InlineData(RowStorage.Int4, 16, 9), InlineData(RowStorage.Int4, 7, 5), InlineData(RowStorage.Float8, 16, 16), InlineData(RowStorage.Int3, 16, 7), InlineData(RowStorage.Int3, 9, 5), InlineData(RowStorage.Int3, 8, 4), InlineData(RowStorage.Int2, 16, 5), InlineData(RowStorage.Int2, 9, 4)]
    [InlineData(RowStorage.Int8, 1, 1), InlineData(RowStorage.Int4, 1, 1), InlineData(RowStorage.Int3, 1, 1), InlineData(RowStorage.Int2, 1, 1), InlineData(RowStorage.Float32, 1, 4), InlineData(RowStorage.Int8, 0, 0)]
    public void Bytes_Storage_IsWhatARowTakes(RowStorage storage, int dim, long bytes) => RowFormat.Bytes(storage, dim).ShouldBe(bytes);

    /// <summary>Half a step of the scale that reaches the largest number, which is rounded up by an eighth at most.</summary>
    [Theory]
    [InlineData(RowStorage.Int8, 127), InlineData(RowStorage.Int4, 7)]
    public void Decode_IntegerRow_ErrorIsNoMoreThanOfThePlainScale(RowStorage storage, int limit)
    {
        var random = new CounterRandom(3, 1);
        for (var round = 0; round < 200; round++)
        {
            var row = Numbers(1 + (round % 33), random.Fork((ulong)round), Math.Pow(10, (round % 6) - 4));
            var decoded = Around(storage, row);
            var largest = row.Max(number => Math.Abs((double)number));
            var error = row.Zip(decoded, (a, b) => (double)(a - b)).Sum(rest => rest * rest);
            var half = largest / limit / 2 * 1.125;
            error.ShouldBeLessThanOrEqualTo(row.Length * half * half * 1.05);
        }
    }

    [Fact]
    public void Decode_HalfPrecision_IsTheNearestHalf()
    {
        Real[] row = [1, -0.3333333f, 1e-7f, 70000, 0];
        Around(RowStorage.Float16, row).ShouldBe([(Real)(float)(Half)1f, (Real)(float)(Half)(-0.3333333f), (Real)(float)(Half)1e-7f, (Real)65504f, (Real)0]);
    }

    [Theory, InlineData(RowStorage.Float16), InlineData(RowStorage.Int8), InlineData(RowStorage.Int4), InlineData(RowStorage.Int3), InlineData(RowStorage.Int2), InlineData(RowStorage.Float8)]
    public void Decode_RowOfZeros_IsZeros(RowStorage storage) => Around(storage, new Real[5]).ShouldAllBe(number => number == 0);

    [Theory, InlineData(RowStorage.Int8), InlineData(RowStorage.Int4), InlineData(RowStorage.Int3)]
    public void Encode_NumbersOnTheGrid_ComeBackExactly(RowStorage storage)
    {
        int[] codes = storage switch { RowStorage.Int8 => [127, -127, 3, 0, -64], RowStorage.Int4 => [7, -7, 3, 0, -4], _ => [7, -7, 3, 1, -5, -1, -3, 5, 5, -7, -1, 3, 1] };
        Real[] row = [.. codes.Select(code => (Real)(code * 0.015625))];
        Around(storage, row).ShouldBe(row);
    }

    /// <summary>Of a row's numbers each is the nearest of four, −3, −1, 1 and 3 times a scale, or of eight up to 7 times it, and no scale that cuts numbers short has a smaller squared error.</summary>
    [Theory, InlineData(RowStorage.Int2, 3), InlineData(RowStorage.Int3, 7)]
    public void Decode_FewBits_IsTheNearestByTheBestScale(RowStorage storage, int limit)
    {
        double Nearest(double scale, double number) => Enumerable.Range(0, limit + 1).Select(q => (2 * q) - limit).Select(code => code * scale).MinBy(level => Math.Abs(level - number));
        var random = new CounterRandom(5, 1);
        for (var round = 0; round < 50; round++)
        {
            var row = Numbers(2 + (round % 31), random.Fork((ulong)round), 0.1);
            var rounded = Around(storage, row);
            double[] scales = [.. Enumerable.Range(1, 255).Select(code => (double)RowFormat.ScaleOf((byte)code))];
            scales.Any(scale => row.Select(number => (Real)Nearest(scale, number)).SequenceEqual(rounded)).ShouldBeTrue();
            var largest = row.Max(number => Math.Abs((double)number));
            var least = scales.Where(scale => limit * scale <= largest).Min(scale => row.Sum(number => Math.Pow(number - Nearest(scale, number), 2)));
            row.Zip(rounded, (number, now) => Math.Pow(number - now, 2)).Sum().ShouldBeLessThanOrEqualTo(least * 1.000001);
        }
    }

    /// <summary>Every byte is the nearest to its own number; between two, the nearer; beyond the largest, that.</summary>
    [Fact]
    public void Decode_Float8_IsTheNearest()
    {
        float[] numbers = [.. Enumerable.Range(0, 128).Select(code => RowFormat.Float8Of((byte)code))];
        numbers.ShouldBe(numbers.Order());
        (numbers[1], numbers[8], numbers[^1]).ShouldBe((MathF.Pow(2, -13), MathF.Pow(2, -10), 30f));
        Around(RowStorage.Float8, [.. numbers.Select(number => (Real)(-number))]).ShouldBe(numbers.Select(number => (Real)(-number)));
        Around(RowStorage.Float8, [1000, -1000, 1, 1.05f, 1.07f, -1.05f]).ShouldBe([30, -30, 1, 1, 1.125f, -1]);
    }

    /// <summary>Rows of any size keep their size: a scale is there for what the smallest and the largest needs.</summary>
    [Fact]
    public void Scales_Bytes_AreNoughtAndAscendingByAnEighthAtMost()
    {
        float[] scales = [.. Enumerable.Range(0, 256).Select(code => RowFormat.ScaleOf((byte)code))];
        scales[0].ShouldBe(0);
        scales[1].ShouldBe(MathF.Pow(2, -26) * 1.125f);
        scales[255].ShouldBe(MathF.Pow(2, 5) * 1.875f);
        for (var code = 2; code < 256; code++) (scales[code] / scales[code - 1]).ShouldBeInRange(1.06f, 1.13f);
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
