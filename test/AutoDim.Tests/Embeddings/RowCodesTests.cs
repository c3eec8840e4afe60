using AutoDim.Embeddings;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class RowCodesTests
{
    /// <summary>Rows written last to first, each of the largest codes and the smallest by turns, so that one bit too many would be seen in a neighbour.</summary>
    [Fact]
    public void Read_AnyCountAndBits_IsWhatWasWrittenAndNoMoreBytesAreTaken()
    {
        const int Rows = 6, MostCodes = 9;
        var row = stackalloc byte[MostCodes];
        for (var bits = 1; bits <= 8; bits++)
        {
            for (var count = 1; count <= MostCodes; count++)
            {
                var codes = new EqualCodes(Rows, count, bits);
                codes.Bytes.ShouldBe(Rows * (long)Math.Ceiling(count * bits / 8.0));
                var all = new byte[codes.Bytes + 1];
                all[^1] = 0xAB;
                int CodeOf(int row, int i) => (row + i) % 3 == 0 ? (1 << bits) - 1 : (row + i) % 3 == 1 ? 0 : ((row * 5) + i) % (1 << bits);
                fixed (byte* pointer = all)
                {
                    for (var r = Rows - 1; r >= 0; r--)
                    {
                        for (var i = 0; i < count; i++) row[i] = (byte)CodeOf(r, i);
                        codes.Write(pointer, r, row);
                    }

                    for (var r = 0; r < Rows; r++)
                    {
                        codes.Read(pointer, r, row);
                        for (var i = 0; i < count; i++) ((int)row[i]).ShouldBe(CodeOf(r, i), $"{bits} bits, code {i} of {count} in row {r}");
                    }
                }

                all[^1].ShouldBe((byte)0xAB);
            }
        }
    }

    [Theory, InlineData(2, 1), InlineData(3, 2), InlineData(4, 2), InlineData(5, 3), InlineData(64, 6), InlineData(65, 7), InlineData(256, 8)]
    public void BitsOf_Codes_AreThoseThatTellThemApart(int codes, int bits) => RowCodes.BitsOf(codes).ShouldBe(bits);
}
