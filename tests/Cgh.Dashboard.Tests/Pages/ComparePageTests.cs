using System.Text;
using System.Text.Json;
using Bunit;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Compare;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Reports;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class ComparePageTests : PageContext
{
    [Fact]
    public async Task Render_Experiment_HasItsRunsWithLastAndBestAndWhatDiffers()
    {
        await AddAsync("grid", seeds: 2, "sgd", "rm3");

        var page = RenderPage("compare?run=grid");

        Assert.Equal(["sgd-0", "sgd-1", "rm3-0", "rm3-1"], page.FindAll("#compare-values tbody tr").Select(row => row.GetAttribute("data-line")));
        Assert.Equal(["1", "1", "10", "90.0%", "20.0%", "–", "50.0%", "50.0% (10)"], Cells(page, "sgd-0"));
        Assert.Equal(["Line", "rule", "seed"], page.FindAll("#compare-specs th[scope=col]").Select(cell => cell.TextContent));
    }

    [Fact]
    public async Task Render_GroupedByRule_HasMeanAndDeviationOverTheSeeds()
    {
        await AddAsync("grid", seeds: 2, "sgd", "rm3");

        var page = RenderPage("compare?run=grid&group=rule");

        // 50 and 52, for which the sample standard deviation is the square root of 2.
        Assert.Equal(["2", "2", "10", "91.0% ± 1.4", "21.0% ± 1.4", "–", "51.0% ± 1.4", "51.0% ± 1.4 (10)"], Cells(page, "SGD"));
        Assert.Contains("bands are ± one sample standard deviation", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("#refusal"));
    }

    [Fact]
    public async Task Render_GroupOfDifferentSpecs_RefusesAndOffersTheKeys()
    {
        await AddAsync("grid", seeds: 2, "sgd");
        await AddAsync("longer", seeds: 1, run => run with { Spec = run.Spec with { Epochs = 60 } }, "sgd");

        var page = RenderPage("compare?run=grid&run=longer&group=rule");

        Assert.Contains(
            "The runs of 'SGD' are not folded into one line because they differ in epochs, not only in the seed.",
            page.Find("#refusal").TextContent,
            StringComparison.Ordinal);
        Assert.Equal(3, page.FindAll("#compare-values tbody tr").Count);

        Navigation.NavigateTo(page.Find("#refusal a").GetAttribute("href")!);
        page = RenderPage();
        Assert.Empty(page.FindAll("#refusal"));
        Assert.Equal(["SGD · epochs 30", "SGD · epochs 60"], page.FindAll("#compare-values tbody tr").Select(row => row.GetAttribute("data-line")));
    }

    [Fact]
    public async Task Render_AtAnEpoch_ShowsItBesideLastAndBest()
    {
        await AddAsync("grid", seeds: 1, "sgd");

        var page = RenderPage("compare?run=grid/sgd-0&at=5");

        Assert.Equal(["1", "1", "10", "45.0%", "10.0%", "–", "25.0%", "50.0%", "50.0% (10)"], Cells(page, "sgd-0"));
    }

    [Fact]
    public async Task Render_RunsThatDoNotExist_AreNamed()
    {
        await AddAsync("grid", seeds: 1, "sgd");

        var page = RenderPage("compare?run=grid/sgd-0,none&run=gone");

        Assert.Contains("Not found: grid/none, gone.", page.Find(".alert").TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll("#compare-values tbody tr"));
    }

    [Fact]
    public void Render_NoRuns_SaysHowToSelectSome() => Assert.Contains("No runs are selected.", RenderPage("compare").Markup, StringComparison.Ordinal);

    [Fact]
    public async Task Render_PointsArrive_OnlyTheChangedLineIsSent()
    {
        await AddAsync("grid", seeds: 2, run => run with { Status = RunStatus.Running }, "sgd");
        var page = RenderPage("compare?run=grid&show=acc");
        Assert.Equal(6, Changes().Count);

        await Store.AppendRowsAsync(new RunId("grid", "sgd-1"), 1, Curves.Test, 11, [[11, 2000, 1, 77, 99]], Stop);
        Feed.Publish(new FeedChange("grid"));

        await page.WaitForAssertionAsync(() => Assert.Equal(2, Comparison.Invocations["update"].Count));
        var change = Assert.Single(Changes());
        Assert.Equal("accuracy-test", change.GetProperty("panel").GetString());
        Assert.Equal((1, 12), (change.GetProperty("line").GetInt32(), change.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task Zoom_ByTheUser_IsInTheAddressAndInWhatIsSentNext()
    {
        await AddAsync("grid", seeds: 1, "sgd");
        var page = RenderPage("compare?run=grid");

        await page.InvokeAsync(() => page.FindComponent<ComparePlots>().Instance.ZoomAsync(new() { ["x"] = [2, 6], ["acc"] = [double.NaN, 1] }));

        Assert.EndsWith("compare?run=grid&zoom=x%3A2%2C6", Navigation.Uri, StringComparison.Ordinal);
        RenderPage();
        Assert.Equal("2 6", string.Join(' ', Setup().GetProperty("zoom").GetProperty("x").EnumerateArray()));
    }

    [Fact]
    public async Task Legend_Clicked_AddressAndChartsFollow()
    {
        await AddAsync("grid", seeds: 2, "sgd");
        var page = RenderPage("compare?run=grid");

        await page.Find(".compare-legend button").ClickAsync();

        Assert.EndsWith("hide=sgd-0", Navigation.Uri, StringComparison.Ordinal);
        RenderPage();
        Assert.Equal([true, false], Setup().GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("Hidden").GetBoolean()));
    }

    [Fact]
    public async Task Csv_Grouped_HasTheExactBytesOfEveryEvaluation()
    {
        await AddAsync("grid", seeds: 1, "sgd");
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString("?run=grid&group=rule&smooth=0.9&zoom=x:2,6");

        var file = Assert.IsType<FileContentHttpResult>(
            await CompareCsv.SendAsync(request, Store, Services.GetRequiredService<DatasetClasses>(), Stop));

        var lines = Encoding.UTF8.GetString(file.FileContents.Span).Split('\n');
        Assert.Equal("line,experiment,run,seed,set,epoch,step,count,loss,acc1,acc5", lines[0]);
        Assert.Equal("SGD,grid,sgd-0,0,pristine,0,0,2000,4.6,0,99", lines[1]);
        Assert.Equal("SGD,grid,sgd-0,0,test,10,2000,2000,0.5999999999999996,50,99", lines[^2]);
        Assert.Equal((35, ""), (lines.Length, lines[^1]));
    }

    [Fact]
    public async Task Csv_NoSuchRun_Is404WithAReason()
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString("?run=none");

        var answer = Assert.IsType<ContentHttpResult>(await CompareCsv.SendAsync(request, Store, Services.GetRequiredService<DatasetClasses>(), Stop));

        Assert.Equal((404, "None of these runs exist. Check the address."), (answer.StatusCode, answer.ResponseContent));
    }

    [Fact]
    public async Task Csv_StoreIsDown_Is503WithAReason()
    {
        Store.IsDown = true;
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString("?run=grid");

        var answer = Assert.IsType<ContentHttpResult>(await CompareCsv.SendAsync(request, Store, Services.GetRequiredService<DatasetClasses>(), Stop));

        Assert.Equal(503, answer.StatusCode);
        Assert.EndsWith(" Reload when it responds.", answer.ResponseContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_ByTimeAndStep_ScalesTheEpochs()
    {
        await AddAsync("grid", seeds: 1, "sgd");

        // 30 epochs of 200 steps in 30 minutes.
        RenderPage("compare?run=grid&show=acc&x=step");
        Assert.Equal(2000, Setup().GetProperty("ranges").GetProperty("x")[1].GetDouble());
        RenderPage("compare?run=grid&show=acc&x=time");
        Assert.Equal(10, Setup().GetProperty("ranges").GetProperty("x")[1].GetDouble(), 6);
    }

    [Fact]
    public async Task Render_GeneratedImages_HasTheLineOfChance()
    {
        await AddAsync("grid", seeds: 1, "sgd");

        RenderPage("compare?run=grid&show=acc");
        Assert.Equal(1, Setup().GetProperty("panels")[0].GetProperty("chance").GetDouble());
        RenderPage("compare?run=grid&show=acc&top=5");
        Assert.Equal(5, Setup().GetProperty("panels")[0].GetProperty("chance").GetDouble());
    }

    private IReadOnlyList<JsonElement> Changes() =>
        [.. JsonSerializer.SerializeToElement(Comparison.Invocations["update"][^1].Arguments[1]).EnumerateArray()];

    private JsonElement Setup() => JsonSerializer.SerializeToElement(Comparison.Invocations["update"][^1].Arguments[0]);

    private static IEnumerable<string> Cells(IRenderedComponent<ComparePage> page, string line) =>
        page.FindAll($"#compare-values tr[data-line={line}] td").Select(cell => cell.TextContent.Trim());

    private Task AddAsync(string id, int seeds, params string[] rules) => AddAsync(id, seeds, run => run, rules);

    // Accuracies rise over ten epochs to 90, 20 and 50%, and two points higher for each further seed.
    private async Task AddAsync(string id, int seeds, Func<RunState, RunState> change, params string[] rules)
    {
        var (experiment, runs) = CompareSamples.Experiment(id, seeds, rules);
        await Store.AddExperimentAsync(experiment, [.. runs.Select(change)], Stop);
        foreach (var run in runs)
        {
            foreach (var (set, last) in new[] { (Curves.Pristine, 90), (Curves.Corrupt, 20), (Curves.Test, 50) })
            {
                await Store.AppendRowsAsync(run.Id, 1, set, 0, CompareSamples.Rising(10, last + (2 * run.Spec.Seed)), Stop);
            }
        }
    }

    private IRenderedComponent<ComparePage> RenderPage(string? address = null)
    {
        if (address is not null)
        {
            Navigation.NavigateTo(address);
        }

        return Render<ComparePage>();
    }
}
