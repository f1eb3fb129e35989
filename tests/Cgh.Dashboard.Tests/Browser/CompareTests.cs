using System.Globalization;
using Cgh.Core.Runs;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>The comparison in a real browser.</summary>
public sealed class CompareTests(DashboardHost host) : BrowserPages, IAsyncLifetime
{
    // The horizontal range of each drawn curve.
    private const string Ranges = """
        () => [...document.querySelectorAll('[data-panel^=accuracy]')].map(plot => plot.layout?.xaxis.range.map(x => x.toFixed(2)).join() ?? '').join(' ')
        """;

    private const string Drawn = "() => String([...document.querySelectorAll('[data-panel]')].filter(plot => plot.data).length)";

    private readonly string _id = $"grid-{Guid.NewGuid():N}";

    protected override DashboardHost Host => host;

    public async ValueTask InitializeAsync() => await host.StartAsync(Stop);

    [Fact]
    public async Task Link_WithZoom_RestoresItInEveryCurveAndSurvivesNewPoints()
    {
        await AddAsync(seeds: 1, "sgd", "rm3");
        var page = await OpenAsync($"{host.Address}/compare?run={_id}&show=acc&zoom=acc:20,60;x:2,6");
        await EventuallyAsync(page, Ranges, string.Join(' ', Enumerable.Repeat("2.00,6.00", 4)));
        Assert.Equal("20,60", await page.EvaluateAsync<string>("() => document.querySelector('[data-panel]').layout.yaxis.range.join()"));

        await AppendAsync("sgd-0", 11, 60);
        await EventuallyAsync(page, "() => String(document.querySelector('[data-panel=accuracy-test]').data.at(-2).x.length)", "13");

        Assert.Equal(string.Join(' ', Enumerable.Repeat("2.00,6.00", 4)), await page.EvaluateAsync<string>(Ranges));
    }

    [Fact]
    public async Task Zoom_OneCurve_ZoomsTheOthersAndTheAddressUntilReset()
    {
        await AddAsync(seeds: 1, "sgd", "rm3");
        var page = await OpenAsync($"{host.Address}/compare?run={_id}&show=acc");
        await EventuallyAsync(page, Drawn, "4");
        var full = await page.EvaluateAsync<string>(Ranges);

        // A drag within the plot, as a user does it.
        var box = (await page.Locator("[data-panel=accuracy-pristine] .nsewdrag").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.25f), box.Y + 40);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.5f), box.Y + 44, new MouseMoveOptions { Steps = 4 });
        await page.Mouse.UpAsync();

        await EventuallyAsync(page, "() => String(location.search.includes('zoom='))", "true");
        var zoomed = (await page.EvaluateAsync<string>(Ranges)).Split(' ');
        Assert.NotEqual(full.Split(' '), zoomed);
        Assert.Single(zoomed.Distinct());
        await page.ReloadAsync();
        await EventuallyAsync(page, Ranges, string.Join(' ', zoomed));

        await page.GetByText("Reset zoom").ClickAsync();
        await EventuallyAsync(page, Ranges, full);
        Assert.DoesNotContain("zoom", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crosshair_OverOneCurve_IsAtTheSameEpochInAll()
    {
        await AddAsync(seeds: 1, "sgd");
        var page = await OpenAsync($"{host.Address}/compare?run={_id}&show=acc");
        await EventuallyAsync(page, Drawn, "4");

        await page.Locator("[data-panel=accuracy-pristine]").HoverAsync(new LocatorHoverOptions { Position = new Position { X = 200, Y = 100 } });

        const string Crosshairs = """
            () => [...document.querySelectorAll('.crosshair:not([hidden])')].map(line => Math.round(parseFloat(line.style.left))).join()
            """;
        await EventuallyAsync(page, Crosshairs, "200,200,200,200");
    }

    [Fact]
    public async Task Lines_MoreThanTwenty_AreMergedWithoutMarkersAndDrawnWhenVisible()
    {
        await AddAsync(seeds: 12, "sgd", "rm3");
        var page = await OpenAsync($"{host.Address}/compare?run={_id}&show=acc,loss,plane");
        await EventuallyAsync(page, "() => String(document.querySelector('[data-panel=accuracy-pristine]')?.data?.length)", "9");

        // Four shades of each rule, and chance.
        Assert.Equal("lines", await page.EvaluateAsync<string>(
            "() => [...new Set(document.querySelector('[data-panel=accuracy-pristine]').data.map(trace => trace.mode))].join()"));
        Assert.Equal("undefined", await page.EvaluateAsync<string>("() => String(document.querySelector('[data-panel=corrupt-test]').data)"));
        await page.Locator("[data-panel=corrupt-test]").ScrollIntoViewIfNeededAsync();
        await EventuallyAsync(page, "() => String(document.querySelector('[data-panel=corrupt-test]').data?.length)", "10");
    }

    [Fact]
    public async Task Export_Buttons_SaveTheChartAndTheFigures()
    {
        await AddAsync(seeds: 2, "sgd", "rm3");
        var page = await OpenAsync($"{host.Address}/compare?run={_id}&group=rule");
        await EventuallyAsync(page, "() => String(document.querySelector('[data-panel=accuracy-pristine]')?.data?.length)", "5");

        foreach (var (name, start) in new[] { ("Save Pristine labels as PNG", "\u0089PNG"), ("Save Pristine labels as SVG", "<svg") })
        {
            var button = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name });
            var saved = await page.RunAndWaitForDownloadAsync(() => button.ClickAsync());
            var bytes = await File.ReadAllBytesAsync(await saved.PathAsync(), Stop);
            Assert.StartsWith(start, System.Text.Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
        }

        var csv = await page.RunAndWaitForDownloadAsync(() => page.GetByText("CSV", new PageGetByTextOptions { Exact = true }).ClickAsync());
        var lines = await File.ReadAllLinesAsync(await csv.PathAsync(), Stop);
        Assert.Equal(1 + (4 * 3 * 11), lines.Length);
        Assert.Equal($"SGD,{_id},sgd-0,0,pristine,0,0,2000,4.6,0,99", lines[1]);
    }

    // Figures for docs/compare.md; the machine decides about times, so none is asserted.
    [Theory]
    [InlineData(20)]
    [InlineData(120)]
    public async Task Draw_ManyRunsOfAHundredEpochs_SendsAndDrawsReducedLines(int count)
    {
        await AddLearningAsync(count, epochs: 100);
        var page = await OpenAsync($"{host.Address}/queue");
        // Plotly's script is in the browser's cache, as after the first chart that a user has seen.
        await page.GotoAsync($"{host.Address}/compare?run={_id}&show=train&hide=none");
        await page.AddInitScriptAsync("""
            window.longTasks = [];
            new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(task => Math.round(task.duration))))
              .observe({ type: 'longtask', buffered: true });
            """);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        await page.GotoAsync($"{host.Address}/compare?run={_id}");
        await EventuallyAsync(page, "() => String(document.querySelectorAll('[data-panel] .scatterlayer .trace').length > 0)", "true");
        var first = clock.Elapsed;
        const string Both = "() => String(['pristine', 'corrupt'].every(set => document.querySelector(`[data-panel=accuracy-${set}]`)?.data?.length > 4))";
        await EventuallyAsync(page, Both, "true");
        var visible = clock.Elapsed;
        var loading = await page.EvaluateAsync<string>("() => window.longTasks.splice(0).join(' ')");
        await AppendAsync("run-0", 101, 60);
        await EventuallyAsync(page, "() => document.querySelector('[data-line=run-0] td:nth-of-type(3)').textContent", "101");
        await Task.Delay(500, Stop);
        var tasks = await page.EvaluateAsync<string>("() => window.longTasks.join(' ')");
        var nodes = await page.EvaluateAsync<int>("() => document.querySelectorAll('*').length");

        // By a link on a page, as from an experiment's.
        await page.EvaluateAsync("() => Blazor.navigateTo('/queue')");
        await EventuallyAsync(page, "() => location.pathname", "/queue");
        await EventuallyAsync(page, "() => String(document.querySelectorAll('[data-panel]').length)", "0");
        clock.Restart();
        await page.EvaluateAsync($"() => Blazor.navigateTo('/compare?run={_id}')");
        await EventuallyAsync(page, Both, "true");
        var linked = clock.Elapsed;
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} runs: first chart after {first.TotalSeconds:0.00} s, both visible after {visible.TotalSeconds:0.00} s, "
                + $"by a link after {linked.TotalSeconds:0.00} s; "
                + $"long tasks {loading} ms, with a new point {tasks} ms; {nodes} nodes"));

        const string Lines = "document.querySelector('[data-panel=accuracy-pristine]').data.filter(trace => trace.name !== 'chance')";
        Assert.Equal(count > 20 ? 8 : 20, await page.EvaluateAsync<int>($"() => {Lines}.length"));
        var points = await page.EvaluateAsync<int>($"() => {Lines}.reduce((sum, trace) => sum + trace.x.length, 0)");
        Assert.InRange(points, count * 100, count * 203);
    }

    [Theory]
    [InlineData("compare?run={id}&show=acc,loss,plane", 1280, false)]
    [InlineData("compare?run={id}&show=acc,loss,plane", 1280, true)]
    [InlineData("compare?run={id}&group=rule&zoom=x:1,5", 400, true)]
    [InlineData("compare?run={id}&group=model", 400, false)]
    public async Task Page_EitherTheme_HasNothingForAxeAndFitsTheWindow(string path, int width, bool dark)
    {
        await AddAsync(seeds: 2, "sgd", "rm3");

        await CheckChartsAsync(await OpenAsync($"{host.Address}/{path.Replace("{id}", _id, StringComparison.Ordinal)}", width, dark), width);
    }

    private Task AddAsync(int seeds, params string[] rules) => CompareSamples.AddAsync(host.Store, _id, seeds, rules);

    // Runs of two rules that learn as real ones do, with noise that is the same each time.
    private async Task AddLearningAsync(int count, int epochs)
    {
        var (experiment, runs) = CompareSamples.Experiment(_id, count / 2, "sgd", "rm3");
        runs = [.. runs.Index().Select(run => run.Item with { Id = new RunId(_id, $"run-{run.Index}"), Status = RunStatus.Running, Attempt = 0 })];
        await host.Store.AddExperimentAsync(
            experiment with { Recipe = experiment.Recipe with { Runs = [.. runs.Select(run => run.Spec with { Name = run.Id.Name })] } }, runs, Stop);
        foreach (var run in runs)
        {
            Assert.Equal(1, await host.Store.BeginAttemptAsync(run.Id, "bench-7", "bench-7/1", after: 0, Stop));
            var curves = CompareSamples.Learning(run.Spec, epochs);
            await Task.WhenAll(curves.Select(curve => host.Store.AppendRowsAsync(run.Id, 1, curve.Set, 0, curve.Rows, Stop)));
        }
    }

    private async Task AppendAsync(string run, int epoch, double accuracy)
    {
        await host.Store.AppendRowsAsync(new RunId(_id, run), 1, Curves.Test, epoch, [[epoch, 2000, 1, accuracy, 99]], Stop);
        host.Feed.Publish(new FeedChange(_id));
    }
}
