using Cgh.Core.Experiments;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>What axe-core, a keyboard and a screen reader find on the pages.</summary>
public sealed class AccessibilityTests(DashboardHost host) : BrowserTest(host)
{
    private const string Stage = "suspects";

    /// <summary>Every page, by its path.</summary>
    public static TheoryData<string> Paths =>
    [
        "", "?q=status:running", "about", "recipes", "runs", "runs?group=rule", "compare?run={id}", "experiments/{id}", "experiments/{id}/report",
        "experiments/none", "runs/{id}/sgd", "runs/{id}/rm3", "runs/{id}/suspects/labels", "sources", "datasets/colours", "datasets/none", "queue", "rejected",
        "system", "nothing",
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Page_InBothThemesAndWidths_AxeFindsNothing(string path)
    {
        await MakeContentAsync();
        var page = await OpenAsync($"{Host.Address}/{path.Replace("{id}", Id, StringComparison.Ordinal)}");
        List<string> found = [];
        foreach (var width in (int[])[1280, 390])
        {
            await page.SetViewportSizeAsync(width, 844);
            foreach (var theme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
            {
                // Colours that fade into each other are neither theme's.
                await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = theme, ReducedMotion = ReducedMotion.Reduce });
                if (path is "experiments/{id}" or "runs/{id}/sgd")
                {
                    await page.Locator(".curve-plot .main-svg").First.WaitForAsync();
                }

                if (await AxeAsync(page) is { Length: > 0 } violations)
                {
                    found.Add($"{width} {theme} {violations}");
                }
            }
        }

        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [Fact]
    public async Task Tab_ThroughAPage_ShowsWhereTheFocusIs()
    {
        var page = await OpenAsync(Experiment);
        await AppendAsync(Sgd, 0, 5);
        HashSet<string> seen = [];
        for (var element = ""; seen.Add(element);)
        {
            await page.Keyboard.PressAsync("Tab");
            element = await page.EvaluateAsync<string>("() => document.activeElement.outerHTML");
            var outline = await page.EvaluateAsync<string>(
                "() => { const style = getComputedStyle(document.activeElement); return `${style.outlineStyle} ${style.outlineWidth}`; }");

            Assert.True(outline is "solid 3px" || element.StartsWith("<body", StringComparison.Ordinal), $"{outline}: {element}");
        }

        Assert.InRange(seen.Count, 10, 100);
    }

    [Fact]
    public async Task Escape_ConfirmationIsOpen_ClosesItAndReturnsTheFocus()
    {
        var page = await OpenAsync(Experiment);
        var cancel = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel sgd" });
        await cancel.ClickAsync();
        var keep = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Keep" });
        await keep.WaitForAsync();

        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Escape");

        await keep.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await EventuallyAsync(page, "() => document.activeElement.getAttribute('aria-label') ?? ''", "Cancel sgd");
    }

    private async Task MakeContentAsync()
    {
        await AppendAsync(Sgd, 0, 5);
        await Host.Store.UpdateRunAsync(Sgd, 1, _ => Samples.Trained(Samples.Sgd) with { Id = Sgd }, Stop);
        var folder = Path.Combine(Host.Data.Experiments, Id);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "report.md"), "# Report\n\n| rule | test |\n|---|---|\n| sgd | 41.7 |\n\n[More](runs.csv)\n", Stop);
        LearningSample.Write(new ExperimentFolder(folder).Run("rm3").Path, examples: 200, corruptEvery: 5);
        var colours = Path.Combine(Host.Data.Datasets, "colours");
        if (!Directory.Exists(colours))
        {
            ReportedDataset.WriteDataset(colours, 12);
        }

        ReportedDataset.WriteReport(Path.Combine(folder, Stage), colours);
    }
}
