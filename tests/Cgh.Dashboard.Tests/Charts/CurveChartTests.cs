using Bunit;
using Cgh.Core.Runs;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Charts;

public sealed class CurveChartTests : PageContext
{
    private static readonly ChartSeries s_series = new("sgd", new LineLook(0), Samples.Sgd, Curves.Test) { Attempt = 1 };

    private IReadOnlyList<ChartUpdate> Sent => [.. Chart.Invocations["append"].SelectMany(call => (IReadOnlyList<ChartUpdate>)call.Arguments[0]!)];

    [Fact]
    public async Task Render_RowsAppended_EachIsSentOnce()
    {
        await AppendAsync(0, 2);
        var chart = RenderChart();
        Assert.Equal([new ChartUpdate(0, 2, Replace: false)], Sent);

        await AppendAsync(2, 3);
        chart.Render();
        chart.Render();

        Assert.Equal([new ChartUpdate(0, 2, Replace: false), new ChartUpdate(0, 3, Replace: false)], Sent);
        Assert.Single(Charts.Invocations["create"]);
    }

    [Fact]
    public async Task Render_InAnotherPage_AllRowsAreSent()
    {
        await AppendAsync(0, 4);
        RenderChart();

        RenderChart();

        Assert.Equal([new ChartUpdate(0, 4, Replace: false), new ChartUpdate(0, 4, Replace: false)], Sent);
    }

    [Fact]
    public async Task Render_StoreWasDown_ContinuesFromTheCursor()
    {
        await AppendAsync(0, 2);
        var chart = RenderChart();
        await AppendAsync(2, 1);
        Store.IsDown = true;
        chart.Render();
        Assert.Single(Sent);

        Store.IsDown = false;
        chart.Render();

        Assert.Equal([new ChartUpdate(0, 2, Replace: false), new ChartUpdate(0, 1, Replace: false)], Sent);
    }

    [Fact]
    public async Task Render_NoRows_SaysSoUntilThereIsOne()
    {
        var chart = RenderChart();
        Assert.Contains("No data yet", chart.Markup, StringComparison.Ordinal);

        await AppendAsync(0, 1);
        chart.Render();

        Assert.DoesNotContain("No data yet", chart.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_HiddenChanges_OnlyVisibilityIsSent()
    {
        var chart = RenderChart();

        chart.Render(parameters => parameters.Add(component => component.Hidden, new HashSet<string> { "sgd" }));

        Assert.Equal([0, true], Assert.Single(Chart.Invocations["setHidden"]).Arguments);
        Assert.Empty(Chart.Invocations["append"]);
    }

    [Fact]
    public async Task Figures_Opened_HaveTheRowsAndFollow()
    {
        await AppendAsync(0, 2);
        var chart = RenderChart();
        Assert.Empty(chart.FindAll(".figure-table table"));

        await chart.Find(".figure-table").TriggerEventAsync("ontoggle", EventArgs.Empty);
        Assert.Equal(
            ["sgd: Accuracy, top-1 (%) 10.0% 10.0%", "sgd: Loss (cross-entropy) 4.600 4.500"],
            chart.FindAll(".figure-table tbody tr").Select(row => string.Join(' ', row.Children.Select(cell => cell.TextContent))));

        await AppendAsync(2, 1);
        chart.Render();
        await chart.WaitForAssertionAsync(() => Assert.Equal(4, chart.FindAll(".figure-table thead th").Count));
    }

    [Fact]
    public async Task Figures_ManyPoints_HaveTwelveOfThemWithTheFirstAndTheLast()
    {
        await AppendAsync(0, 31);
        var chart = RenderChart();

        await chart.Find(".figure-table").TriggerEventAsync("ontoggle", EventArgs.Empty);

        var columns = chart.FindAll(".figure-table thead th").Skip(1).Select(cell => cell.TextContent).ToList();
        Assert.Equal((12, "0", "30"), (columns.Count, columns[0], columns[^1]));
    }

    [Fact]
    public async Task Dispose_Chart_IsPurgedInTheBrowser()
    {
        RenderChart();

        await DisposeComponentsAsync();

        Assert.Single(Chart.Invocations["purge"]);
    }

    private IRenderedComponent<CurveChart> RenderChart() => Render<CurveChart>(parameters => parameters
        .Add(chart => chart.Title, "Test")
        .Add(chart => chart.Panels, AccuracyMetric.Top1.Panels)
        .Add(chart => chart.Series, [s_series])
        .Add(chart => chart.Epochs, 30));

    private Task AppendAsync(int first, int count) =>
        Store.AppendRowsAsync(Samples.Sgd, 1, Curves.Test, first, [.. Enumerable.Range(first, count).Select(epoch => Samples.Row(epoch))], Stop);
}
