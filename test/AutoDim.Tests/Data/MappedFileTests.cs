using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class MappedFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public unsafe void Memory_OfAFile_HoldsItsBytesInPlace()
    {
        File.WriteAllBytes(folder.File("a"), [1, 2, 3, 4]);
        using var file = new MappedFile(folder.File("a"));
        file.Memory.ToArray().ShouldBe([1, 2, 3, 4]);
        (*file.AddressOf(file.Memory.Span[2..])).ShouldBe((byte)3);
        var elsewhere = new byte[4];
        Should.Throw<InvalidOperationException>(() => { _ = file.AddressOf(elsewhere); });
    }

    [Theory, InlineData("missing"), InlineData("empty")]
    public void New_NothingToMap_SaysSo(string name)
    {
        File.WriteAllBytes(folder.File("empty"), []);
        Should.Throw<AutoDimException>(() => new MappedFile(folder.File(name))).Message.ShouldStartWith($"cannot map '{folder.File(name)}'");
    }
}
