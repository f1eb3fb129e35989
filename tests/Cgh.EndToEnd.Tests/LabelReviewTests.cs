using System.Text.RegularExpressions;
using Cgh.Core.Datasets;
using Cgh.Tests;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Reviews labels in a real Chromium: with keys, over a killed host, up to a corrected label set.</summary>
[Collection(Laboratories.Used)]
public sealed class LabelReviewTests : IDisposable
{
    private const string Experiment = "labels-20260101-120000";

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Report => _folder["data", "experiments", Experiment, "suspects"];

    private string Images => _folder["data", "datasets", "set"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Review_WithKeys_SurvivesBrowserAndHostAndMakesALabelSet()
    {
        var chromium = Required.Chromium();
        ReportedDataset.WriteDataset(Images, images: 30);
        ReportedDataset.WriteReport(Report, Images);
        using var playwright = await Playwright.CreateAsync();

        await using (var host = HostProcess.Start(_folder.Path))
        {
            var address = await host.AddressAsync(TimeSpan.FromMinutes(1), Stop);
            await using var browser = await LaunchAsync(playwright, chromium);
            var page = await OpenAsync(browser, address);
            await page.Locator("[data-index]").First.FocusAsync();
            await page.Keyboard.PressAsync("a");
            await Assertions.Expect(page.Locator("[data-error]")).ToHaveTextAsync("Nothing was decided: enter your name as a reviewer first.");
            await Assertions.Expect(page.GetByLabel("Your name as a reviewer")).ToBeFocusedAsync();
            await page.GetByLabel("Your name as a reviewer").FillAsync("ada");
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Locator("[data-reviewer]")).ToHaveTextAsync("ada");
            const string Width = "async image => { await image.decode(); return image.naturalWidth; }";
            Assert.Equal(ReportedDataset.Side, await page.Locator("[data-index='0'] img").EvaluateAsync<int>(Width));

            await page.Locator("[data-index='0']").ClickAsync();
            // Quickly: each key is for the example that was shown when it was pressed. The fourth and fifth are moves.
            foreach (var key in (string[])["a", "Enter", "u", "ArrowRight", "k", "a", "z", "Enter", "z"])
            {
                await page.Keyboard.PressAsync(key);
            }

            await page.Keyboard.PressAsync("c");
            await page.GetByRole(AriaRole.Combobox, new() { Name = "Class: type to filter" }).FillAsync("ee");
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.Locator("[data-progress]")).ToHaveTextAsync("4 of 10 decided");
            host.Kill();
        }

        await using (var host = HostProcess.Start(_folder.Path))
        {
            var address = await host.AddressAsync(TimeSpan.FromMinutes(1), Stop);
            await using var browser = await LaunchAsync(playwright, chromium);
            var page = await OpenAsync(browser, address);
            await Assertions.Expect(page.Locator("[data-progress]")).ToHaveTextAsync("4 of 10 decided");
            await Assertions.Expect(page.Locator(".review-verdict")).ToHaveTextAsync(["→ dog", "kept", "unsure", "→ eel"]);
            await Assertions.Expect(page.Locator("[data-index='12']")).ToHaveAttributeAsync("aria-selected", "true");
            await page.SetViewportSizeAsync(390, 844);
            Assert.Equal(390, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
            await page.GetByRole(AriaRole.Button, new() { Name = "Make the corrected labels" }).ClickAsync();
            await Assertions.Expect(page.Locator("tr[data-correction=reviewed]")).ToBeVisibleAsync();
        }

        using var dataset = Dataset.Open(Images);
        var set = dataset.Labels("reviewed");
        Assert.Equal(("original", 2, "ada"), (set.Info.From, set.Info.Decisions!.Changed, Assert.Single(set.Info.Decisions.Reviewers)));
        Assert.Equal((1, 0, 0, 2), (set.Labels[0], set.Labels[3], set.Labels[6], set.Labels[9]));
        Assert.Matches(new Regex("^0,cat/00000.png,0,1,accept,1,ada,"), await ExportAsync());
    }

    // With the command, the first row.
    private async Task<string> ExportAsync()
    {
        await HostProcess.DataPrepAsync(_folder.Path, Stop, "labels", "decisions", $"{Experiment}/suspects", "--out", "decisions.csv");
        return (await File.ReadAllLinesAsync(_folder["decisions.csv"], Stop))[1];
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

    private static async Task<IPage> OpenAsync(IBrowser browser, string address)
    {
        var page = await browser.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        await page.GotoAsync($"{address}/runs/{Experiment}/suspects/labels");
        // Keys are lost until the page is interactive.
        await page.Locator("main[aria-busy=false]").WaitForAsync();
        await page.Locator(".review-bar form, [data-reviewer]").First.WaitForAsync();
        return page;
    }
}
