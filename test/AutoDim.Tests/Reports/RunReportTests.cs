using System.Xml.Linq;
using AutoDim.Embeddings;
using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Tests.Reports;

/// <summary>What the pages hold and where they draw it.</summary>
public sealed class RunReportTests
{
    [Fact]
    public void Html_EveryPart_IsDrawnFromTheResult()
    {
        var page = RunReport.Html(Result("a <b> log", 0.8), null, [new("full", [0.7, 0.75]), new("slim", [0.6, 0.7, 0.74])]);
        foreach (var heading in (string[])["Bytes and AUC", "Dimensions", "Bytes, before and after", "Rows, signal, dimension", "Reasons", "Calibration on the test split", "Validation AUC by epoch"]) page.ShouldContain($"<h2>{heading}</h2>");
        page.ShouldContain("a &lt;b&gt; log");
        page.ShouldContain("autodim run run.yaml --threads 2");
        var drawings = Drawings(page);
        drawings.Select(drawing => (string)drawing.Attribute("aria-label")!).ShouldAllBe(label => label.Length > 0);
        drawings.Single(drawing => ((string)drawing.Attribute("aria-label")!).StartsWith("validation AUC by epoch", StringComparison.Ordinal))
            .Descendants().Where(shape => shape.Name.LocalName == "polyline").Select(curve => ((string)curve.Attribute("points")!).Split(' ').Length).ShouldBe([2, 3]);
        drawings.Single(drawing => ((string)drawing.Attribute("aria-label")!).StartsWith("validation AUC of each field", StringComparison.Ordinal))
            .Descendants().Count(shape => shape.Name.LocalName == "circle").ShouldBe(2);
    }

    /// <summary>Of four models one is beaten by another in both bytes and AUC.</summary>
    [Fact]
    public void Html_ModelsByBytesAndAuc_LineJoinsTheParetoFront()
    {
        var result = Result("log", 0.8) with { Uniform = [new() { Name = "uniform 2", Auc = 0.79, DeployedEmbeddingBytes = 3500 }], Others = [new() { Name = "random", Auc = 0.78, DeployedEmbeddingBytes = 1000 }] };
        var drawing = Drawings(RunReport.Html(result with { Full = result.Full with { Auc = 0.81 } }, null, [])).Single(drawing => ((string)drawing.Attribute("aria-label")!).StartsWith("test AUC of every model", StringComparison.Ordinal));
        drawing.Descendants().Where(shape => shape.Name.LocalName == "circle").Select(mark => (string)mark.Elements().Single()).ShouldBe(["full, 0.81000, 9.00 kB", "slim, 0.80000, 3.00 kB", "uniform 2, 0.79000, 3.50 kB", "random, 0.78000, 1.00 kB"]);
        var places = drawing.Descendants().Where(shape => shape.Name.LocalName == "circle").Select(mark => $"{(string)mark.Attribute("cx")!},{(string)mark.Attribute("cy")!}").ToArray();
        ((string)drawing.Descendants().Single(shape => shape.Name.LocalName == "polyline").Attribute("points")!).Split(' ').ShouldBe([places[3], places[1], places[0]]);
    }

    [Fact]
    public void Html_NothingToExplainOrCurves_LeavesThePartsOut()
    {
        var page = RunReport.Html(Result("log", 0.8) with { Explanations = [], Full = new(), Slim = new() { EmbeddingBytes = 1 } }, null, [new("full", []), new("slim", [])]);
        foreach (var heading in (string[])["Bytes and AUC", "Bytes, before", "Rows, signal", "Reasons", "Calibration", "Validation AUC by epoch"]) page.ShouldNotContain($"<h2>{heading}");
    }

    [Fact]
    public void Runs_OfTwoSettings_ShowWhatDiffersAndEachDimension()
    {
        FinishedRun[] runs = [Run("first", "fm", Result("log", 0.8)), Run("second", "deepfm", Result("log", 0.81) with { Fingerprint = "other" })];
        FinishedRun.Differences(runs).ShouldHaveSingleItem().Setting.ShouldBe("model");
        var page = RunsReport.Html(runs);
        page.ShouldContain("<td>model</td><td>fm</td><td>deepfm</td>");
        page.ShouldContain("<td>item</td><td>4</td><td>4</td>");
        page.ShouldContain("different data");
        Drawings(page).ShouldHaveSingleItem().Descendants().Count(shape => shape.Name.LocalName == "circle").ShouldBe(4);
    }

    [Fact]
    public void PlaceOf_Number_IsItsShareOfTheAxis()
    {
        new Axis(2, 4).PlaceOf(2.5).ShouldBe(0.25, 1e-12);
        new Axis(10, 1000, IsLogarithmic: true).PlaceOf(100).ShouldBe(0.5, 1e-12);
        new Axis(3, 3).PlaceOf(3).ShouldBe(0.5);
    }

    [Fact]
    public void Ticks_OfBothAxes_LieWithin()
    {
        new Axis(0, 1).Ticks().ShouldBe([0, 0.2, 0.4, 0.6, 0.8, 1], 1e-12);
        new Axis(7, 2000, IsLogarithmic: true).Ticks().ShouldBe([10, 100, 1000], 1e-9);
    }

    private static FinishedRun Run(string name, string model, RunResult result) => new($"runs/{name}", new Dictionary<string, string> { ["model"] = model, ["dim"] = "8" }, result, default);

    private static RunResult Result(string data, double auc) => new()
    {
        Data = data,
        Model = "fm",
        Fingerprint = "f",
        Seeds = [1],
        Threads = 2,
        Full = new() { Name = "full", Auc = auc, EmbeddingBytes = 8000, DeployedEmbeddingBytes = 9000, CalibrationBins = [new(0.1, 0.2, 5), new(0.6, 0.5, 5)] },
        Slim = new() { Name = "slim", Auc = auc, EmbeddingBytes = 2000, DeployedEmbeddingBytes = 3000, CalibrationBins = [new(0.1, 0.1, 5), new(0.7, 0.6, 5)] },
        AucDeltaInterval = [-0.001, 0.001],
        Plan = [new("user", 100, 2, 800), new("item", 50, 4, 800)],
        Explanations = [new FieldExplanation(100, 0.1, 30, 3200, 0.6, 0.01, 0.02, 1, 2), new FieldExplanation(50, 0.1, 30, 1600, 0.7, null, 0.02, null, 4)],
    };

    private static XElement[] Drawings(string page)
        => [.. page.Split("<svg").Skip(1).Select(part => XElement.Parse($"<svg{part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)]}"))];
}
