using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Reports;

/// <summary>report.html of a run, in a browser.</summary>
public sealed class ReportPageTests
{
    [Fact]
    public async Task Report_AnyScreen_FitsAndAsksForNothing()
    {
        Tool.ChromiumOrSkip(); // before the run
        using var clicks = new PreparedClicks();
        using var folder = new TemporaryFolder();
        Recommender.Run(clicks.Folder, folder.File("run"), new RunOptions
        {
            Model = "deepfm",
            TuneL2 = [1e-4],
            ModelOptions = new ModelOptions { Hidden = [8] },
            Training = new TrainingOptions { Epochs = 3, BatchSize = 128 },
            Search = new AutoDimOptions { Candidates = [1, 2, 4], Epochs = 2 },
        }, threads: 1, TestContext.Current.CancellationToken);
        var address = new Uri(folder.File("run/report.html")).AbsoluteUri;
        await using var browser = await Chromium.Open(address);
        foreach (var width in (int[])[360, 1280])
        {
            foreach (var dark in (bool[])[false, true])
            {
                await browser.Show(width, dark);
                await browser.ShouldFit(width, dark);
            }
        }

        ((int)(await browser.Evaluate("document.querySelectorAll('svg').length"))!).ShouldBeGreaterThan(5);
        browser.Requests.ShouldBe([address]);
    }
}
