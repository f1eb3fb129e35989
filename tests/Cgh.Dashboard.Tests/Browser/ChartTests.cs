using System.Globalization;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>The charts of experiments and runs in a real browser.</summary>
public sealed class ChartTests(DashboardHost host) : BrowserPages, IAsyncLifetime
{
    private readonly string _id = $"grid-{Guid.NewGuid():N}";

    protected override DashboardHost Host => host;

    public async ValueTask InitializeAsync() => await host.StartAsync(Stop);

    [Theory]
    [InlineData("experiments/{id}", 1280, false)]
    [InlineData("experiments/{id}", 400, true)]
    [InlineData("runs/{id}/sgd-0", 1280, true)]
    [InlineData("runs/{id}/sgd-0", 400, false)]
    public async Task Page_EitherTheme_HasNothingForAxeAndFitsTheWindow(string path, int width, bool dark)
    {
        await AddAsync(seeds: 2, "sgd", "rm3");

        await CheckChartsAsync(await OpenAsync($"{host.Address}/{path.Replace("{id}", _id, StringComparison.Ordinal)}", width, dark), width);
    }

    [Fact]
    public async Task Chart_ZoomedThenALegendClick_DoesNotDrawOverItsNeighbour()
    {
        const string Left = "() => { const box = document.querySelector('.curve-plot').getBoundingClientRect(); return `${box.x},${box.y},${box.height}`; }";
        await AddAsync(seeds: 1, "sgd", "rm3");
        var page = await OpenAsync($"{host.Address}/experiments/{_id}");
        await EventuallyAsync(page, "() => String(document.querySelector('.curve-plot')?.data?.[0]?.x?.length)", "11");
        await page.EvaluateAsync("() => Plotly.relayout(document.querySelector('.curve-plot'), { 'xaxis.range': [4, 6], 'yaxis.range': [30, 40] })");
        await page.Locator(".legend-button").Nth(1).ClickAsync();
        await EventuallyAsync(page, "() => location.search", "?hide=rm3-0");
        await EventuallyAsync(page, "() => String(document.querySelector('.curve-plot').data[1].visible)", "false");
        await page.Mouse.MoveAsync(0, 0);
        const string Foreign = "() => document.querySelectorAll('.curve-plot [clip-path]:not([clip-path^=\"url(#\"])').length";
        Assert.Equal(0, await page.EvaluateAsync<int>(Foreign));

        // The strip of tick labels left of the plot, with the other line and without it. Plotly sets a line's state before it draws.
        await Task.Delay(500, Stop);
        var box = (await page.EvaluateAsync<string>(Left)).Split(',').Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray();
        var strip = new PageScreenshotOptions { Clip = new Clip { X = box[0], Y = box[1], Width = 50, Height = box[2] } };
        var with = await page.ScreenshotAsync(strip);
        await page.EvaluateAsync("() => document.querySelectorAll('.curve-plot .scatterlayer').forEach(lines => { lines.style.visibility = 'hidden'; })");
        var without = await page.ScreenshotAsync(strip);
        Assert.Equal(without, with);
    }

    private Task AddAsync(int seeds, params string[] rules) => CompareSamples.AddAsync(host.Store, _id, seeds, rules);
}
