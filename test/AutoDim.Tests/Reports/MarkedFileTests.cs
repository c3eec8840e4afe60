using AutoDim.Reports;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Reports;

public sealed class MarkedFileTests
{
    [Fact]
    public void Replace_MarkedPart_IsReplacedAndTheRestStays()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("page.md");
        File.WriteAllText(path, "# Speed\n\n<!-- bench -->\nold\n<!-- /bench -->\n\nAfter. <!-- other -->\n");
        MarkedFile.Replace(path, "bench", "new\n");
        MarkedFile.Replace(path, "bench", "newer");
        File.ReadAllText(path).ShouldBe("# Speed\n\n<!-- bench -->\nnewer\n<!-- /bench -->\n\nAfter. <!-- other -->\n");
    }

    [Theory, InlineData("no marks"), InlineData("<!-- /bench -->\n<!-- bench -->\n")]
    public void Replace_NoSuchPart_NamesTheMarks(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("page.md"), text);
        Should.Throw<AutoDimException>(() => MarkedFile.Replace(folder.File("page.md"), "bench", "")).Message.ShouldContain("<!-- bench --> and <!-- /bench -->");
        File.ReadAllText(folder.File("page.md")).ShouldBe(text);
    }
}
