using System.Text.RegularExpressions;
using Cgh.Tests;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Starts the demo from the dashboard and follows it, in a real Chromium.</summary>
[Collection(Laboratories.Used)]
public sealed class DashboardTests(SharedServices shared) : IDisposable
{
    // Number of points drawn in all charts of the page.
    private const string PointsDrawn =
        "() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => plot.data).reduce((sum, trace) => sum + trace.x.length, 0)";

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("cgh-dashboard-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Home_DemoClicked_CurvesGrowAndSurviveAReload()
    {
        var chromium = Required.Chromium();
        await using var host = HostProcess.Start(_folder);
        var address = await host.AddressAsync(TimeSpan.FromMinutes(1), Stop);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright, chromium);
        var (page, complaints) = await OpenAsync(browser);

        await page.GotoAsync(address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Run the demo" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/experiments/demo-"), new() { Timeout = (float)s_timeout.TotalMilliseconds });
        var first = await PointsAsync(page, moreThan: 0);
        var later = await PointsAsync(page, moreThan: first);
        await page.ReloadAsync();
        var reloaded = await PointsAsync(page, moreThan: later - 1);

        Assert.True(reloaded >= later, $"{later} points before the reload, {reloaded} after it.");
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task ExperimentPage_SeparateServices_CurvesGrowAndTheResultIsShown()
    {
        var chromium = Required.Chromium();
        await shared.StartAsync(trainers: 1);
        await using var dashboard = await shared.Services.StartDashboardAsync(Stop);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright, chromium);
        var (page, complaints) = await OpenAsync(browser);
        var run = await shared.SubmitAndTrainAsync("watched");

        await page.GotoAsync($"{dashboard.Address}/experiments/{run.Experiment}");
        var first = await PointsAsync(page, moreThan: 0);
        // The page refreshes on bus events, so trainer and dashboard must both be connected.
        await PointsAsync(page, moreThan: first);
        await page.GetByRole(AriaRole.Link, new() { Name = "View report" }).ClickAsync(new() { Timeout = (float)s_timeout.TotalMilliseconds });
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "report.md" }))
            .ToBeVisibleAsync(new() { Timeout = (float)s_timeout.TotalMilliseconds });

        Assert.Empty(complaints);
    }

    [Fact]
    public async Task Sources_FolderChosen_IsLookedAtAndPackedAndListed()
    {
        var chromium = Required.Chromium();
        var images = Path.Combine(_folder, "data", "sources", "photos");
        await HostProcess.DataPrepAsync(_folder, Stop, "demo", "--out", images, "--classes", "3", "--train", "60", "--test", "12", "--side", "40");
        await File.WriteAllTextAsync(Path.Combine(images, "train", "class000", "notes.txt"), "not an image", Stop);
        await using var host = HostProcess.Start(_folder);
        var address = await host.AddressAsync(TimeSpan.FromMinutes(1), Stop);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright, chromium);
        var (page, complaints) = await OpenAsync(browser);
        page.SetDefaultTimeout((float)s_timeout.TotalMilliseconds);
        var expecting = new LocatorAssertionsToBeVisibleOptions { Timeout = (float)s_timeout.TotalMilliseconds };

        await page.GotoAsync($"{address}/sources");
        await page.Locator(".source-folders a").First.ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "photos" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Look at this folder" }).ClickAsync();
        await Assertions.Expect(page.GetByText("60 training and 12 validation images")).ToBeVisibleAsync(expecting);
        const string Shown = "() => [...document.querySelectorAll('.samples img')].filter(image => image.naturalWidth === 128).length";
        Assert.Equal(20, await page.EvaluateAsync<int>(Shown));
        await page.GetByRole(AriaRole.Button, new() { Name = "The images are 40 × 40: use that side" }).ClickAsync();
        await Assertions.Expect(page.Locator(".command-line"))
            .ToContainTextAsync("--side 40 --short-side 40", new() { Timeout = (float)s_timeout.TotalMilliseconds });
        await page.GetByLabel("Name of the dataset").FillAsync("mine");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pack", Exact = true }).ClickAsync();

        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/datasets/mine$"), new() { Timeout = (float)s_timeout.TotalMilliseconds });
        await Assertions.Expect(page.Locator(".facts")).ToBeVisibleAsync(expecting);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sources" }).First.ClickAsync();
        var row = page.Locator("tr[data-dataset=mine]");
        await Assertions.Expect(row).ToBeVisibleAsync(expecting);

        Assert.Equal(["3", "60", "12", "0", "40"], (await row.Locator("td.num").AllInnerTextsAsync()).Select(text => text.Trim()));
        Assert.True(File.Exists(Path.Combine(_folder, "data", "datasets", "mine", "dataset.json")));
        Assert.Empty(complaints);
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright, string chromium) => playwright.Chromium.LaunchAsync(new()
    {
        ExecutablePath = chromium,
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    });

    // A page and its console errors.
    private static async Task<(IPage Page, IReadOnlyList<string> Complaints)> OpenAsync(IBrowser browser)
    {
        var page = await browser.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => complaints.Add(error);
        return (page, complaints);
    }

    // Not WaitForFunction, which needs eval, and the security policy of the pages forbids that.
    private static async Task<int> PointsAsync(IPage page, int moreThan)
    {
        for (var deadline = DateTime.UtcNow + s_timeout; DateTime.UtcNow < deadline; await Task.Delay(250, Stop))
        {
            if (await page.EvaluateAsync<int>(PointsDrawn) is var points && points > moreThan)
            {
                return points;
            }
        }

        Assert.Fail($"The charts still had at most {moreThan} points after {s_timeout}.");
        return 0;
    }
}
