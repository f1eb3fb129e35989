using Bunit;
using Cgh.Core.Files;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class ReportPageTests : PageContext
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("cgh-report-page-");
    private readonly DirectoryInfo _experiment;

    public ReportPageTests()
    {
        Data = new DataFolder(_root.FullName);
        _experiment = Directory.CreateDirectory(Path.Combine(Data.Experiments, Samples.Id));
    }

    [Fact]
    public void Render_Report_ShowsTextAndFigures()
    {
        Write("report.md", "# demo\n\n![Accuracy](top1.png)\n\n![Lost](lost.png)");
        Write("results.json", "{}");
        Write("top1.png", "");

        var page = RenderPage();

        Assert.Equal("demo", page.Find("article h1").TextContent);
        Assert.Equal($"experiments/{Samples.Id}/report/top1.png", Assert.Single(page.FindAll("article img")).GetAttribute("src"));
        Assert.Equal(["report.md", "results.json", "top1.png"], page.FindAll("a[target=_blank]").Select(link => link.TextContent));
        Assert.Equal($"experiments/{Samples.Id}", page.FindAll(".breadcrumb a")[1].GetAttribute("href"));
    }

    [Fact]
    public void Render_NoReport_LeadsToTheExperiment()
    {
        var page = RenderPage();

        Assert.Equal("Report not found", page.Find("h1").TextContent);
        Assert.Contains("The report is written when all runs have ended.", page.Markup, StringComparison.Ordinal);
        Assert.Equal(($"experiments/{Samples.Id}", "Go to the experiment"), (page.Find("a.btn").GetAttribute("href"), page.Find("a.btn").TextContent));
    }

    [Fact]
    public void Event_ReportIsRewritten_ShowsTheNewOne()
    {
        Write("report.md", "# first");
        var page = RenderPage();
        Write("report.md", "# second");

        Feed.Publish(new FeedChange(Samples.Id));

        page.WaitForAssertion(() => Assert.Equal("second", page.Find("article h1").TextContent));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _root.Delete(recursive: true);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_experiment.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private IRenderedComponent<ReportPage> RenderPage() => Render<ReportPage>(parameters => parameters.Add(component => component.Id, Samples.Id));
}
