using AutoDim.Runs;

namespace AutoDim.Tests.Runs;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("64MB", 64_000_000), InlineData("512 KiB", 524_288), InlineData("1000000", 1_000_000), InlineData("25%", 250), InlineData("12.5%", 125)]
    [InlineData("1.5k", 1500), InlineData("2gib", 2_147_483_648), InlineData("3B", 3), InlineData(" 1GB ", 1_000_000_000)]
    public void Parse_SizeOrShare_IsBytes(string text, long bytes) => ByteSize.Parse(text, 1000).ShouldBe(bytes);

    [Theory, InlineData(""), InlineData("0"), InlineData("-5MB"), InlineData("0%"), InlineData("5 XB"), InlineData("MB"), InlineData("1e6")]
    public void Parse_AnythingElse_NamesWhatIsMeant(string text)
        => Should.Throw<AutoDimException>(() => ByteSize.Parse(text, 1000)).Message.ShouldBe($"budget '{text}' is not a size above 0, such as 64MB, 512KiB or 25%");

    [Theory, InlineData(999, "999 B"), InlineData(1000, "1.00 kB"), InlineData(64_000_000, "64.0 MB"), InlineData(123_456_789_000, "123 GB")]
    public void Show_Bytes_ThreeDigits(long bytes, string text) => ByteSize.Show(bytes).ShouldBe(text);
}
