using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.Tracking;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Tests.Fakes;
using Microsoft.Playwright;
using Xunit;

namespace Cgh.Dashboard.Tests.Browser;

/// <summary>The pages in a real browser.</summary>
public sealed class BrowserTests(DashboardHost host) : BrowserTest(host)
{
    // Points of the first line of the first chart.
    private const string Points = "() => String(document.querySelector('.curve-plot')?.data?.[0]?.x?.length)";

    [Fact]
    public async Task Demo_Clicked_CurveGrowsAndSurvivesAReload()
    {
        var page = await OpenAsync(Host.Address);
        await page.GetByText("Start a recipe").ClickAsync();
        await page.GetByText("Run the demo").ClickAsync();
        await page.Locator(".curve-plot").First.WaitForAsync();
        var run = new RunId(page.Url.Split('/')[^1], "sgd");
        await Host.Store.BeginAttemptAsync(run, "bench-7", "bench-7/1", after: 0, Stop);

        await AppendAsync(run, 0, 3);
        await EventuallyAsync(page, Points, "3");
        await AppendAsync(run, 3, 4);
        await EventuallyAsync(page, Points, "7");

        await page.ReloadAsync();
        await EventuallyAsync(page, Points, "7");
        await AppendAsync(run, 7, 1);
        await EventuallyAsync(page, Points, "8");
    }

    [Fact]
    public async Task Chart_ZoomedWhileItGrows_KeepsTheZoomAndIsNotRecreated()
    {
        var page = await OpenAsync(Experiment);
        await AppendAsync(Sgd, 0, 10);
        await EventuallyAsync(page, Points, "10");
        await page.EvaluateAsync("() => Plotly.relayout(document.querySelector('.curve-plot'), { 'xaxis.range': [2, 6] })");
        await page.EvaluateAsync("() => { document.querySelector('.curve-plot svg').dataset.first = 'yes'; }");

        await AppendAsync(Sgd, 10, 5);
        await EventuallyAsync(page, Points, "15");

        Assert.Equal("2,6", await page.EvaluateAsync<string>("() => document.querySelector('.curve-plot').layout.xaxis.range.join()"));
        Assert.Equal("yes", await page.EvaluateAsync<string>("() => document.querySelector('.curve-plot svg').dataset.first"));
    }

    [Fact]
    public async Task Legend_LineHidden_StaysHiddenAfterAReload()
    {
        const string Visible = "() => document.querySelector('.curve-plot')?.data?.map(line => line.visible).join() ?? ''";
        var page = await OpenAsync(Experiment);
        await EventuallyAsync(page, Visible, "true,true,true,true");

        await page.Locator(".legend-button").Nth(1).ClickAsync();
        await EventuallyAsync(page, Visible, "true,false,true,false");
        Assert.EndsWith("?hide=rm3", page.Url, StringComparison.Ordinal);

        await page.ReloadAsync();
        await EventuallyAsync(page, Visible, "true,false,true,false");
    }

    [Theory]
    [InlineData("")]
    [InlineData("experiments/{id}")]
    [InlineData("runs/{id}/sgd")]
    [InlineData("experiments/none")]
    [InlineData("sources")]
    [InlineData("datasets/none")]
    public async Task Page_AtPhoneWidth_DoesNotScrollSideways(string path)
    {
        await AppendAsync(Sgd, 0, 5);
        await Host.ForgetHeartbeatAsync(Sgd);
        var page = await OpenAsync($"{Host.Address}/{path.Replace("{id}", Id, StringComparison.Ordinal)}", width: 390);
        if (path.Contains("{id}", StringComparison.Ordinal))
        {
            await EventuallyAsync(page, Points, "5");
        }

        const string TooWide = """
            () => [...document.querySelectorAll('body *')]
              .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
              .map(element => `${element.tagName}.${element.className}`).join(', ')
            """;
        Assert.Equal("", await page.EvaluateAsync<string>(TooWide));
        Assert.Equal(390, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
    }

    [Fact]
    public async Task Theme_SystemIsDark_PageAndChartsAreDarkAndTheChoiceIsKept()
    {
        const string Theme = "() => document.documentElement.dataset.bsTheme";
        const string Text = "() => document.querySelector('.curve-plot')?.layout?.font?.color ?? ''";
        const string IsPainted = $"() => String(({Text})() !== '')";
        var page = await OpenAsync(Experiment, dark: true);
        Assert.Equal("dark", await page.EvaluateAsync<string>(Theme));
        await EventuallyAsync(page, IsPainted, "true");
        var dark = await page.EvaluateAsync<string>(Text);

        await page.Locator("[data-theme-toggle]").ClickAsync();
        Assert.Equal("light", await page.EvaluateAsync<string>(Theme));
        await EventuallyAsync(page, $"() => String(({Text})() !== '{dark}')", "true");

        await page.ReloadAsync();
        Assert.Equal("light", await page.EvaluateAsync<string>(Theme));
    }

    [Fact]
    public async Task Table_RunEnds_ShowsItsFinalResults()
    {
        var page = await OpenAsync(Experiment);
        var final = new Dictionary<string, EvaluationResult> { [Curves.Corrupt] = new(2000, 1.258, 68.04, 85) };

        await Host.Store.UpdateRunAsync(Sgd, 1, run => run with { Status = RunStatus.Completed, Latest = final, Ended = DateTimeOffset.UtcNow }, Stop);
        Host.Feed.Publish(new FeedChange(Id));

        await page.Locator("tr[data-run=sgd] td[data-curve=corrupt]").GetByText("68.0%").WaitForAsync();
        await page.Locator("tr[data-run=sgd]").GetByText("Completed").WaitForAsync();
    }

    [Fact]
    public async Task NoEvent_StoreHasChanged_PageFollowsByPolling()
    {
        var page = await OpenAsync(Experiment);

        await Host.Store.UpdateExperimentAsync(
            Id,
            experiment => experiment with { Status = ExperimentStatus.Failed, Error = "The dataset could not be made." },
            Stop);

        await page.GetByText("The dataset could not be made.").WaitForAsync();
    }

    [Fact]
    public async Task Url_Unknown_IsAPageWithStatus404()
    {
        using var client = new HttpClient();
        foreach (var path in (string[])["experiments/none", $"runs/{Id}/none", "nothing"])
        {
            using var answer = await client.GetAsync($"{Host.Address}/{path}", Stop);

            Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Contains(" not found", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Address_FormerOneOfTheRejectedMessages_LeadsThere()
    {
        using var client = new HttpClient();

        using var answer = await client.GetAsync($"{Host.Address}/troubles", Stop);

        Assert.Equal((System.Net.HttpStatusCode.OK, "/rejected"), (answer.StatusCode, answer.RequestMessage!.RequestUri!.AbsolutePath));
        Assert.Contains("Rejected messages", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Stages_TwentyFiveRuns_FitTheWindowAndLeadToTheRuns(int width)
    {
        var id = $"staged-{Guid.NewGuid():N}";
        (string, RunStatus)[] statuses =
        [
            ("short-0", RunStatus.Completed), ("split-0", RunStatus.Completed), ("easy-0", RunStatus.Completed), ("hard-0", RunStatus.Running),
            ("short-1", RunStatus.Completed), ("split-1", RunStatus.Failed), ("short-2", RunStatus.Paused), ("short-3", RunStatus.Running),
        ];
        // The widest table: with the original test.
        var latest = Curves.EvaluationSetsIn(Curves.Known).ToDictionary(curve => curve, _ => new EvaluationResult(2000, 1.234, 99.9, 100));
        var runs = StagedSamples.Runs(id, statuses).Select(run => run.Spec.Derive is null ? run with { Latest = latest } : run).ToList();
        await Host.Store.AddExperimentAsync(StagedSamples.Experiment with { Id = id }, runs, Stop);

        var page = await OpenAsync($"{Host.Address}/experiments/{id}", width);

        Assert.Equal(25, await page.Locator("[data-stage]").CountAsync());
        Assert.Equal("true", await page.EvaluateAsync<string>(
            "() => String([...document.querySelectorAll('.card > .table')].every(table => table.offsetWidth <= table.parentElement.clientWidth))"));
        Assert.Equal("0", await page.EvaluateAsync<string>("() => String(Math.max(0, document.documentElement.scrollWidth - innerWidth))"));
        await page.Locator("[data-stage=hard-0]").ClickAsync();

        await page.WaitForURLAsync($"**/runs/{id}/hard-0");
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    public async Task DataMap_CompletedTrackedRun_ShowsPristineAndCorruptExamplesInTheirColours(int width, bool dark)
    {
        var id = $"tracked-{Guid.NewGuid():N}";
        var spec = Samples.Recipe.Runs[0] with { TrackLearning = LearningTracking.Evaluation };
        await Host.Store.AddExperimentAsync(
            Samples.Experiment with { Id = id },
            [new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = Samples.Created, Status = RunStatus.Completed }],
            Stop);
        LearningSample.Write(new ExperimentFolder(Path.Combine(Host.Data.Experiments, id)).Run(spec.Name).Path, examples: 5000, corruptEvery: 5);

        var page = await OpenAsync($"{Host.Address}/runs/{id}/{spec.Name}", width, dark);

        await page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { Name = "Data map of 4000 pristine examples" }).WaitForAsync();
        Assert.Equal(
            ["Pristine labels: 4,000 examples, 2,000 shown", "Corrupt labels: 1,000 examples"],
            await page.Locator("[data-map] figcaption").AllTextContentsAsync());
        Assert.Equal("2000,1000", await page.EvaluateAsync<string>(
            "() => [...document.querySelectorAll('[data-map]')].map(map => map.innerHTML.split('h0').length - 1).join()"));
        Assert.Equal("0", await page.EvaluateAsync<string>("() => String(Math.max(0, document.documentElement.scrollWidth - innerWidth))"));

        // Side by side with room, else one below the other; every point within its frame; the two sets in different colours.
        Assert.Equal(width > 500 ? "true" : "false", await page.EvaluateAsync<string>(
            "() => { const [a, b] = [...document.querySelectorAll('[data-map]')].map(map => map.getBoundingClientRect()); return String(a.top === b.top); }"));
        Assert.Equal("true", await page.EvaluateAsync<string>("""
            () => String([...document.querySelectorAll('[data-map] path')].every(path => {
              const [points, frame] = [path.getBBox(), path.ownerSVGElement.querySelector('rect').getBBox()];
              return points.x >= frame.x && points.y >= frame.y
                && points.x + points.width <= frame.x + frame.width && points.y + points.height <= frame.y + frame.height;
            }))
            """));
        Assert.Equal("2", await page.EvaluateAsync<string>(
            "() => String(new Set([...document.querySelectorAll('[data-map] path')].map(path => getComputedStyle(path).stroke)).size)"));
    }
}
