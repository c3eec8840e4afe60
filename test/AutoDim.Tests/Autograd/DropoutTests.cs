using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Tests.Autograd;

public sealed unsafe class DropoutTests
{
    private const double Rate = 0.3;
    private const int Rows = 301, Columns = 7;

    [Fact]
    public void Apply_OddColumns_DrawsEachNumberFromItsOwnPosition()
    {
        using var pool = new WorkerPool(2);
        using var tape = new Tape(pool, 9) { Step = 4 };
        var stream = tape.Random.Fork((ulong)tape.OperationIndex).Fork((ulong)tape.Step);
        using var x = Parameter.Constant("x", Rows, Columns, 2);
        var y = tape.Dropout(x, Rate);
        var dropped = 0;
        for (var i = 0; i < y.Length; i++)
        {
            var isDropped = ((stream.Bits(i / 4) >> (16 * (i % 4))) & 0xFFFF) < (ulong)(Rate * 65536);
            ((double)y.Value[i]).ShouldBe(isDropped ? 0 : 2 / (1 - Rate), 1e-6, $"number {i}");
            if (isDropped) dropped++;
        }

        (dropped / (double)y.Length).ShouldBe(Rate, 0.04);
    }
}
