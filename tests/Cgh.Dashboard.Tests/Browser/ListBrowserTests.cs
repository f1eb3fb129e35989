using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.Dashboard.Tests.Fakes;
using Cgh.RunStore;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>The lists of experiments and runs in a real browser, with 5,000 runs.</summary>
public sealed class ListBrowserTests(DashboardHost host) : IClassFixture<DashboardHost>, IAsyncLifetime
{
    private const int Experiments = 500;
    private const int RunsEach = 10;
    // The whole table would have 5,000 lines of 13 cells.
    private const int MaxNodes = 3000;

    private static readonly string[] s_rules = ["sgd", "rm3", "m3", "ra3", "mom:5"];

    private IBrowserContext? _context;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await host.StartAsync(Stop);
        if ((await host.Store.ListExperimentIdsAsync(Stop)).Count > 0)
        {
            return;
        }

        await Task.WhenAll(Enumerable.Range(0, Experiments).Select(AddAsync));
        Directory.CreateDirectory(Path.Combine(host.Data.Experiments, Id(Experiments - 1)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_context is not null)
        {
            await _context.DisposeAsync();
        }
    }

    [Fact]
    public async Task Runs_FiveThousand_OnlyLinesInViewAreInThePage()
    {
        var page = await OpenAsync("runs");
        await Assertions.Expect(page.Locator("#run-count")).ToHaveTextAsync("5,000 runs.");
        await Assertions.Expect(page.Locator("tr[data-run]").First).ToBeVisibleAsync();
        Assert.InRange(await NodesAsync(page), 100, MaxNodes);

        await page.Locator(".run-rows").EvaluateAsync("rows => { rows.scrollTop = rows.scrollHeight; }");
        await Assertions.Expect(page.Locator($"tr[data-run='{Id(0)}/run-9']")).ToBeVisibleAsync();
        Assert.InRange(await NodesAsync(page), 100, MaxNodes);

        // Filtered as one types; the field keeps the focus and every letter.
        await page.Locator("#query").PressSequentiallyAsync("rule:rm3 experiment:many-0499", new() { Delay = 20 });
        await Assertions.Expect(page.Locator("#run-count")).ToHaveTextAsync("2 of 5,000 runs.");
        await Assertions.Expect(page.Locator("#query")).ToHaveValueAsync("rule:rm3 experiment:many-0499");
        await Assertions.Expect(page.Locator("#query")).ToBeFocusedAsync();
        Assert.EndsWith("?q=rule%3Arm3%20experiment%3Amany-0499", page.Url, StringComparison.Ordinal);
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("#run-count")).ToHaveTextAsync("2 of 5,000 runs.");
    }

    [Fact]
    public async Task Runs_ArchivedAndUndone_SurvivesAReload()
    {
        var page = await OpenAsync($"runs?q=experiment:{Id(Experiments - 1)}");
        await Assertions.Expect(page.Locator("tr[data-run]")).ToHaveCountAsync(RunsEach);

        await page.GetByLabel($"Check {Id(Experiments - 1)}/run-3").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Archive" }).ClickAsync();
        await Assertions.Expect(page.Locator("#run-done")).ToHaveTextAsync("1 run archived.");
        await Assertions.Expect(page.Locator("tr[data-run]")).ToHaveCountAsync(RunsEach - 1);
        Assert.True(RunAnnotations.Read(Path.Combine(host.Data.Experiments, Id(Experiments - 1))).Runs["run-3"].Archived);
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();

        await Assertions.Expect(page.Locator("tr[data-run]")).ToHaveCountAsync(RunsEach);
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("tr[data-run]")).ToHaveCountAsync(RunsEach);
    }

    [Theory]
    [InlineData("", 1280)]
    [InlineData("", 390)]
    [InlineData("?q=rule:nonsense%20noise:x", 390)]
    [InlineData("runs", 1280)]
    [InlineData("runs", 390)]
    [InlineData("recipes", 390)]
    [InlineData("about", 390)]
    public async Task Page_AtEachWidth_DoesNotScrollSideways(string path, int width)
    {
        var page = await OpenAsync(path, width);
        if (path == "runs")
        {
            await page.Locator("tr[data-run]").First.WaitForAsync();
        }

        Assert.Equal(width, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        Assert.Equal("true", await page.EvaluateAsync<string>(
            "() => String([...document.querySelectorAll('header, main, main > *')].every(part => part.getBoundingClientRect().right <= innerWidth))"));
    }

    [Fact]
    public async Task Rebuild_GoesOn_EveryPageSaysHowFarItIs()
    {
        await host.Store.SaveRebuildProgressAsync(new RebuildProgress(312, 1000), Stop);
        var page = await OpenAsync("queue");
        await Assertions.Expect(page.Locator("#rebuild")).ToContainTextAsync("Reading the run folders: 312 of 1,000 experiments.");

        await host.Store.SaveRebuildProgressAsync(progress: null, Stop);

        await Assertions.Expect(page.Locator("#rebuild")).ToHaveCountAsync(0);
    }

    private static string Id(int number) => $"many-{number:0000}";

    private Task AddAsync(int number)
    {
        var runs = Enumerable.Range(0, RunsEach).Select(run => new RunState
        {
            Id = new RunId(Id(number), $"run-{run}"),
            Spec = Samples.Recipe.Runs[0] with { Name = $"run-{run}", Rule = RuleChoice.Parse(s_rules[run % s_rules.Length]), Seed = (uint)run },
            Status = RunStatus.Completed,
            Queued = Samples.Created,
            Latest = new Dictionary<string, EvaluationResult> { [Curves.Test] = new(2000, 1, 50 + run, 90) },
            Best = new Dictionary<string, BestResult> { [Curves.Test] = new(9, 55 + run) },
        }).ToArray();
        return host.Store.AddExperimentAsync(
            Samples.Experiment with
            {
                Id = Id(number),
                Created = Samples.Created.AddMinutes(number),
                Status = ExperimentStatus.Completed,
                Recipe = Samples.Recipe with { Runs = [.. runs.Select(run => run.Spec)] },
            },
            runs,
            Stop);
    }

    private static Task<int> NodesAsync(IPage page) => page.EvaluateAsync<int>("() => document.querySelectorAll('*').length");

    private async Task<IPage> OpenAsync(string path, int width = 1280)
    {
        _context = await host.Browser!.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = 844 } });
        var page = await _context.NewPageAsync();
        page.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        await page.GotoAsync($"{host.Address}/{path}");
        await page.Locator("main[aria-busy=false]").WaitForAsync();
        return page;
    }
}
