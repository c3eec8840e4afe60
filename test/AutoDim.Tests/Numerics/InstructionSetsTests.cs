using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

public sealed class InstructionSetsTests
{
    [Fact]
    public void Choose_NoName_IsTheBestAndScalarIsTheLast()
    {
        InstructionSets.Choose(null).ShouldBe(InstructionSets.Available[0]);
        InstructionSets.Available[^1].ShouldBe(InstructionSet.Scalar);
        InstructionSets.Choose("scalar").ShouldBe(InstructionSet.Scalar);
    }

    [Theory, InlineData("avx9"), InlineData("99")]
    public void Choose_UnknownName_SaysWhatThisMachineHas(string name)
        => Should.Throw<AutoDimException>(() => InstructionSets.Choose(name)).Message.ShouldBe($"AUTODIM_INSTRUCTION_SET is '{name}'; this machine has {string.Join(", ", InstructionSets.Available)}");

    [Fact]
    public void Peak_AfterTouchingMemory_CountsIt()
    {
        const int Length = 64 << 20;
        using var buffer = new NativeBuffer<byte>(Length);
        buffer.AsSpan().Fill(1);
        MemoryUse.Peak.ShouldBeGreaterThan(Length);
    }
}
