using Bunit;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class ExperimentPageTests : PageContext
{
    [Fact]
    public void Render_UnknownId_SaysSoAndLinksBack()
    {
        var page = Render<ExperimentPage>(parameters => parameters.Add(component => component.Id, "none-1"));

        Assert.Equal("Experiment not found", page.Find("h1").TextContent);
        Assert.Contains("none-1", page.Markup, StringComparison.Ordinal);
        Assert.Equal("", page.Find("a.btn").GetAttribute("href"));
    }

    [Fact]
    public void Render_StoreIsDown_SaysSoInsteadOfNotFound()
    {
        Store.IsDown = true;

        var page = Render<ExperimentPage>(parameters => parameters.Add(component => component.Id, Samples.Id));

        Assert.NotNull(page.Find("#store-down"));
        Assert.Empty(page.FindAll("h1"));
    }

    [Fact]
    public async Task Render_Running_HasFourChartsWithAllRunsInTheirColours()
    {
        await AddAsync();

        var page = RenderPage();

        var charts = page.FindComponents<CurveChart>();
        Assert.Equal(["Pristine labels", "Corrupt labels", "Train sample", "Test"], charts.Select(chart => chart.Instance.Title));
        Assert.All(
            charts,
            chart => Assert.Equal([("sgd", new LineLook(0)), ("rm3", new LineLook(2))], chart.Instance.Series.Select(line => (line.Name, line.Look))));
        Assert.All(charts, chart => Assert.Equal(["Accuracy, top-1 (%)", "Loss (cross-entropy)"], chart.Instance.Panels.Select(panel => panel.Title)));
        Assert.Equal(4, Charts.Invocations["create"].Count);
    }

    [Fact]
    public async Task Render_RunsTrain_ShowsTheFindingWithLastAndBestAndFollows()
    {
        await AddAsync();
        await AppendTestAsync(0, 10, 80);
        var page = RenderPage();
        Assert.Contains("sgd 72.6% and 80.0% (epoch 1, 1 seed)", page.Find(".finding").TextContent, StringComparison.Ordinal);
        Assert.Contains("sgd is still running; its figures are from after epoch 1 of 30.", page.Find(".finding").TextContent, StringComparison.Ordinal);

        await AppendTestAsync(2, 81.5);
        Feed.Publish(new FeedChange(Samples.Id));

        await page.WaitForAssertionAsync(() =>
            Assert.Contains("sgd 72.6% and 81.5% (epoch 2, 1 seed)", page.Find(".finding").TextContent, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public async Task Render_MoreThanTwentyRuns_HasNoMarkers(int seeds, bool expected)
    {
        var (experiment, runs) = CompareSamples.Experiment(Samples.Id, seeds, "sgd", "rm3");
        await Store.AddExperimentAsync(experiment, runs, Stop);

        Assert.All(RenderPage().FindComponents<CurveChart>(), chart => Assert.Equal(expected, chart.Instance.Markers));
    }

    [Theory]
    [InlineData("", $"compare?run={Samples.Id}")]
    [InlineData("?hide=sgd", $"compare?run={Samples.Id}/rm3")]
    public async Task Compare_Link_HasTheRunsThatAreNotHidden(string query, string expected)
    {
        await AddAsync();
        Navigation.NavigateTo($"experiments/{Samples.Id}{query}");

        Assert.Equal(expected, RenderPage().FindAll("a.btn").Single(link => link.TextContent == "Compare runs").GetAttribute("href"));
    }

    [Fact]
    public async Task Render_Top5InTheUrl_TableAndChartsShowIt()
    {
        await AddAsync();
        Navigation.NavigateTo($"experiments/{Samples.Id}?top=5");

        var page = RenderPage();

        Assert.Equal("99.5%loss 0.074", page.Find("tr[data-run=sgd] td[data-curve=pristine]").TextContent.Trim());
        Assert.Equal("Accuracy, top-5 (%)", page.FindComponents<CurveChart>()[0].Instance.Panels[0].Title);
        Assert.Equal("top-5", page.Find("[aria-current=true]").TextContent);
    }

    [Fact]
    public async Task Legend_Clicked_TheUrlKeepsWhatIsHidden()
    {
        await AddAsync();
        var page = RenderPage();

        page.Find(".legend-button").Click();

        Assert.EndsWith("?hide=sgd", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_HiddenInTheUrl_LegendAndChartsFollow()
    {
        await AddAsync();
        Navigation.NavigateTo($"experiments/{Samples.Id}?hide=sgd");

        var page = RenderPage();

        Assert.Equal(["false", "true"], page.FindAll(".legend-button").Select(button => button.GetAttribute("aria-pressed")));
        Assert.All(page.FindComponents<CurveChart>(), chart => Assert.Contains("sgd", chart.Instance.Hidden));
    }

    [Fact]
    public async Task Render_FailedRun_ShowsTheErrorAndOffersToRequeue()
    {
        await AddAsync(rm3: Samples.Trained(Samples.Rm3) with { Status = RunStatus.Failed, Error = "The loss is no longer finite at step 7." });
        await StartBusAsync();
        var page = RenderPage();
        Assert.Contains("rm3: The loss is no longer finite at step 7.", page.Find(".run-error").TextContent, StringComparison.Ordinal);

        await page.Find("[aria-label='Requeue rm3']").ClickAsync();

        Assert.Equal(RunStatus.Queued, (await Store.FindRunAsync(Samples.Rm3, Stop))!.Status);
    }

    [Fact]
    public async Task CancelAll_Confirmed_EveryActiveRunIsCancelled()
    {
        await AddAsync(rm3: Samples.Trained(Samples.Rm3) with { Status = RunStatus.Completed });
        await StartBusAsync();
        var page = RenderPage();

        page.Find($"[aria-label='Cancel all runs of {Samples.Id}']").Click();
        Assert.Contains("Cancel 1 run?", page.Markup, StringComparison.Ordinal);
        await page.Find(".confirm .btn-danger").ClickAsync();

        Assert.Equal(StopRequest.Cancel, (await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        Assert.Null((await Store.FindRunAsync(Samples.Rm3, Stop))!.StopRequest);
    }

    [Fact]
    public async Task Render_NoHeartbeat_RunIsMarked()
    {
        await AddAsync(rm3: Samples.Trained(Samples.Rm3) with { Responding = false });

        var page = RenderPage();

        Assert.Contains("not responding", page.Find("tr[data-run=rm3]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("not responding", page.Find("tr[data-run=sgd]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_RecipeWithPriority_IsShown()
    {
        await Store.AddExperimentAsync(Samples.Experiment with { Recipe = Samples.Recipe with { Priority = 7 } }, [Samples.Trained(Samples.Sgd)], Stop);

        Assert.Contains("priority 7", RenderPage().Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_ExperimentWithStages_ShowsThemAndLeavesThemOutOfTheCharts()
    {
        await Store.AddExperimentAsync(StagedSamples.Experiment, StagedSamples.Runs(Samples.Id), Stop);

        var page = RenderPage();

        Assert.NotNull(page.Find("[data-stage=split-0]"));
        Assert.Contains("split", page.Find("tr[data-run=split-0] th").TextContent, StringComparison.Ordinal);
        Assert.Contains("Waits for short-0", page.Find("tr[data-run=split-0]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("split-0", page.FindComponents<CurveChart>()[0].Instance.Series.Select(line => line.Name));
    }

    [Fact]
    public async Task Render_RunsThatMeasureCoherence_HaveChartsOfItPristineAndCorruptApart()
    {
        var sgd = Samples.Trained(Samples.Sgd);
        await Store.AddExperimentAsync(
            Samples.Experiment, [sgd with { Spec = sgd.Spec with { CoherenceEvery = 1 } }, Samples.Trained(Samples.Rm3)], Stop);

        var charts = RenderPage().FindComponents<CurveChart>().Skip(4).ToList();

        Assert.Equal(
            ["Coherence of all examples", "Coherence of pristine examples", "Coherence of corrupt examples"], charts.Select(chart => chart.Instance.Title));
        Assert.Equal(Curves.CoherenceSets, charts.Select(chart => chart.Instance.Series.Single().Curve));
        Assert.All(charts, chart => Assert.Equal(("sgd", "m-coherence"), (chart.Instance.Series.Single().Name, chart.Instance.Panels.Single().Title)));
    }

    [Fact]
    public async Task Render_CoherenceWithoutCorruptLabels_HasOneChart()
    {
        var sgd = Samples.Trained(Samples.Sgd);
        var latest = sgd.Latest.Where(set => set.Key != Curves.Corrupt).ToDictionary();
        await Store.AddExperimentAsync(Samples.Experiment, [sgd with { Spec = sgd.Spec with { CoherenceEvery = 1 }, Latest = latest }], Stop);

        var charts = RenderPage().FindComponents<CurveChart>();

        Assert.Equal("Coherence of all examples", Assert.Single(charts.Skip(4)).Instance.Title);
    }

    [Fact]
    public async Task Render_Runs_HaveStatusProgressAndFigures()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd), Samples.Run(Samples.Rm3)], Stop);

        var page = RenderPage();

        var row = page.Find("tr[data-run=sgd]");
        Assert.Equal("runs/demo-20260101-120000/sgd", row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Equal("Running", row.QuerySelector(".badge")!.TextContent);
        Assert.Equal("bench-7, attempt 1", row.QuerySelector(".run-where")!.TextContent);
        Assert.Equal("52", row.QuerySelector("[role=progressbar]")!.GetAttribute("aria-valuenow"));
        Assert.Contains("Epoch 15 of 30, 1 min 20 s left", row.TextContent, StringComparison.Ordinal);
        Assert.Equal(
            ["97.3%loss 0.074", "68.0%loss 1.258", "83.5%loss 0.625", "72.6%loss 1.064"],
            row.QuerySelectorAll("td[data-curve]").Select(cell => cell.TextContent.Trim()));
        Assert.Equal("1,432", row.QuerySelector("[data-label='Images/s']")!.TextContent);
        Assert.Equal("Queued", page.Find("tr[data-run=rm3] .badge").TextContent);
    }

    [Fact]
    public async Task Cancel_Confirmed_IsStoredAndTheTrainersAreTold()
    {
        var bus = await StartBusAsync();
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd)], Stop);
        var page = RenderPage();

        page.Find("[aria-label='Cancel sgd']").Click();
        Assert.Null((await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        await page.Find("tr[data-run=sgd] .btn-danger").ClickAsync();

        Assert.Equal(StopRequest.Cancel, (await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        Assert.True(await bus.Published.Any<CancelRun>(message => message.Context.Message.Run == Samples.Sgd, Stop));
    }

    [Fact]
    public async Task Render_PreparingExperiment_ShowsTheProgressOfItsDataset()
    {
        await Store.AddExperimentAsync(Samples.Experiment with { Status = ExperimentStatus.Preparing }, [Samples.Run(Samples.Sgd)], Stop);
        await Store.SaveDatasetAsync(new DatasetState("demo", "packing", 1500, 6000, Ready: false, Error: null), Stop);

        var progress = RenderPage().Find(".dataset-progress");

        Assert.Contains("packing", progress.TextContent, StringComparison.Ordinal);
        Assert.Contains("1,500 of 6,000", progress.TextContent, StringComparison.Ordinal);
        Assert.Equal("25", progress.QuerySelector("[role=progressbar]")!.GetAttribute("aria-valuenow"));
    }

    private Task AddAsync(RunState? rm3 = null) =>
        Store.AddExperimentAsync(
            Samples.Experiment with { Status = ExperimentStatus.Running },
            [Samples.Trained(Samples.Sgd), rm3 ?? Samples.Run(Samples.Rm3)],
            Stop);

    private Task AppendTestAsync(int first, params double[] accuracies) =>
        Store.AppendRowsAsync(Samples.Sgd, 1, Curves.Test, first, [.. accuracies.Select((accuracy, index) => Samples.Row(first + index, accuracy))], Stop);

    private IRenderedComponent<ExperimentPage> RenderPage() => Render<ExperimentPage>(parameters => parameters.Add(component => component.Id, Samples.Id));
}
