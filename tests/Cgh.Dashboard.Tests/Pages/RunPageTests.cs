using Bunit;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.Core.Tracking;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class RunPageTests : PageContext
{
    [Theory]
    [InlineData("none-1", "sgd")]
    [InlineData(Samples.Id, "none")]
    public async Task Render_UnknownRun_SaysSo(string experiment, string name)
    {
        await AddAsync();

        var page = RenderPage(experiment, name);

        Assert.Equal("Run not found", page.Find("h1").TextContent);
        Assert.Contains($"{experiment}/{name}", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_Running_ShowsStatusFiguresAndConfiguration()
    {
        await AddAsync();

        var page = RenderPage(Samples.Id, "sgd");

        var facts = page.FindAll(".facts > div").ToDictionary(fact => fact.QuerySelector("dt")!.TextContent, fact => fact.QuerySelector("dd")!.TextContent);
        Assert.Equal("Epoch 15 of 30", facts["Progress"]);
        Assert.Equal("1 min 20 s", facts["Time left"]);
        Assert.Equal("3,100 of 6,000", facts["Step"]);
        Assert.Equal("1 on bench-7, started just now", facts["Attempt"]);
        Assert.Equal("4", facts["Priority"]);
        Assert.Equal("0.04, cosine to zero", facts["Learning rate"]);
        Assert.Equal(
            ["Corrupt labels", "68.0%", "85.0%", "1.258", "2,020"],
            page.FindAll("tr[data-curve=corrupt] > *").Select(cell => cell.TextContent));
    }

    [Fact]
    public async Task Render_Running_TrainRowsHaveFractionalEpochs()
    {
        await AddAsync();

        var charts = RenderPage(Samples.Id, "sgd").FindComponents<CurveChart>();

        var train = charts.Single(chart => chart.Instance.Title == "Training loss").Instance.Series.Single();
        Assert.Equal((Curves.Train, 200, true), (train.Curve, train.StepsPerEpoch, train.IsReady));
        Assert.Equal(Curves.EvaluationSets, charts.Single(chart => chart.Instance.Title == "Evaluation sets").Instance.Series.Select(line => line.Curve));
    }

    [Fact]
    public async Task Render_RunOnASubsetWithItsOwnTest_ShowsTheOriginalTest()
    {
        var run = Samples.Trained(Samples.Sgd);
        run = run with { Latest = new Dictionary<string, EvaluationResult>(run.Latest) { [Curves.OriginalTest] = new(500, 2.5, 31.5, 60) } };
        await Store.AddExperimentAsync(Samples.Experiment, [run], Stop);

        var page = RenderPage(Samples.Id, "sgd");

        Assert.Equal(
            ["Original test", "31.5%", "60.0%", "2.500", "500"],
            page.FindAll("tr[data-curve=original_test] > *").Select(cell => cell.TextContent));
        Assert.Equal(
            Curves.EvaluationSetsIn(Curves.Known),
            page.FindComponents<CurveChart>().Single(chart => chart.Instance.Title == "Evaluation sets").Instance.Series.Select(line => line.Curve));
    }

    [Fact]
    public async Task Render_QueuedRun_ChartsAreNotReadyAndNothingIsDividedByZero()
    {
        await AddAsync();

        var page = RenderPage(Samples.Id, "rm3");

        Assert.False(page.FindComponents<CurveChart>().Single(chart => chart.Instance.Title == "Training loss").Instance.Series.Single().IsReady);
        Assert.DoesNotContain(Store.Readings, reading => reading.Curve == Curves.Train);
        Assert.Equal("0", page.Find("[role=progressbar]").GetAttribute("aria-valuenow"));
    }

    [Fact]
    public async Task Navigate_ToAnotherRun_ShowsIt()
    {
        await AddAsync();
        var page = RenderPage(Samples.Id, "sgd");

        page.Render(parameters => parameters.Add(component => component.Name, "rm3"));

        Assert.StartsWith("rm3", page.Find("h1").TextContent.Trim(), StringComparison.Ordinal);
        Assert.Equal(1, Feed.Count);
    }

    [Fact]
    public async Task Render_Parked_ShowsTheErrorAndWhatRequeueDoes()
    {
        await Store.AddExperimentAsync(
            Samples.Experiment,
            [Samples.Trained(Samples.Sgd) with { Status = RunStatus.Parked, Failures = 3, Attempt = 5, Error = "The disk is full." }],
            Stop);

        var page = RenderPage(Samples.Id, "sgd");

        var alert = page.Find(".alert-danger").TextContent;
        Assert.Contains("Parked after 3 failed attempts in a row. Last error: The disk is full.", alert, StringComparison.Ordinal);
        Assert.Contains("The run continues from its last checkpoint", alert, StringComparison.Ordinal);
        Assert.Equal("Requeue", page.Find("[aria-label='Requeue sgd']").TextContent);
    }

    [Fact]
    public async Task Render_CompletedTrackedRun_ShowsItsDataMap()
    {
        using var data = new TemporaryFolder();
        var folder = await AddTrackedAsync(data);
        LearningSample.Write(folder, examples: 30, corruptEvery: 3);

        var page = RenderPage(Samples.Id, "sgd");

        page.WaitForAssertion(() => Assert.Equal(
            ["Pristine labels: 20 examples", "Corrupt labels: 10 examples"], page.FindAll("[data-map] figcaption").Select(caption => caption.TextContent)));
    }

    [Fact]
    public async Task Render_RunWithoutCorruptLabels_ShowsOnePanel()
    {
        using var data = new TemporaryFolder();
        var folder = await AddTrackedAsync(data);
        LearningSample.Write(folder, examples: 1, corruptEvery: 1);

        var page = RenderPage(Samples.Id, "sgd");

        page.WaitForAssertion(() => Assert.Equal(["corrupt"], page.FindAll("[data-map]").Select(map => map.GetAttribute("data-map"))));
    }

    [Fact]
    public async Task Render_DamagedLearningFile_SaysHowToWriteItAgainAndShowsTheRest()
    {
        using var data = new TemporaryFolder();
        var file = Path.Combine(await AddTrackedAsync(data), LearningFiles.Npy);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "damaged", Stop);

        var page = RenderPage(Samples.Id, "sgd");

        page.WaitForAssertion(() => Assert.Equal(
            $"No data map: {file} is damaged or has other columns. Write it again with: Cgh.Trainer learning RUN",
            page.Find(".alert-warning").TextContent.Trim()));
        Assert.Empty(page.FindAll("[data-map]"));
        Assert.NotEmpty(page.FindAll("#spec"));
    }

    [Fact]
    public async Task Render_NoHeartbeat_SaysSo()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd) with { Responding = false }], Stop);

        var page = RenderPage(Samples.Id, "sgd");

        Assert.Contains("another trainer resumes the run from its last checkpoint", page.Find(".alert-warning").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_TrainedElsewhere_SaysByWhomAndOffersNoCommand()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd) with { Elsewhere = "process 12 on lab" }], Stop);

        var page = RenderPage(Samples.Id, "sgd");

        Assert.Equal("Trained outside of this laboratory, by process 12 on lab. It can only be stopped there.", page.Find(".alert-info").TextContent);
        Assert.Empty(page.FindAll(".commands button"));
    }

    [Fact]
    public async Task Render_CompletedStage_ShowsWhatItDerivedInsteadOfCharts()
    {
        using var folder = new TemporaryFolder();
        Data = new DataFolder(folder["data"]);
        var stage = Path.Combine(Data.Experiments, Samples.Id, "split-0");
        Directory.CreateDirectory(stage);
        new RunFolder(stage).Save(new RunRecord
        {
            Spec = StagedSamples.Recipe.Runs[1],
            DatasetFolder = folder["data"],
            Created = Samples.Created,
            Status = RunStatus.Completed,
            Derived = new StageResult
            {
                DatasetChecksum = "12ab",
                Learned = 3050,
                NotLearned = 950,
                Artefacts = [new StageArtefact("easy", 500, 100, "34cd")],
            },
        });
        await Store.AddExperimentAsync(StagedSamples.Experiment, StagedSamples.Runs(Samples.Id, ("split-0", RunStatus.Completed)), Stop);

        var page = RenderPage(Samples.Id, "split-0");

        Assert.Empty(page.FindComponents<CurveChart>());
        var facts = page.FindAll(".facts > div").ToDictionary(fact => fact.QuerySelector("dt")!.TextContent, fact => fact.QuerySelector("dd")!.TextContent);
        Assert.Equal(("3,050", "950", "short-0"), (facts["Learned"], facts["Not learned"], facts["From"]));
        Assert.Equal(
            ["easy", "500", "100", Path.Combine(stage, "easy")], page.FindAll("tr[data-artefact=easy] > *").Select(cell => cell.TextContent.Trim()));
    }

    [Fact]
    public async Task Render_RunThatWaits_NamesTheRunThatItNeeds()
    {
        await Store.AddExperimentAsync(StagedSamples.Experiment, StagedSamples.Runs(Samples.Id, ("split-0", RunStatus.Paused)), Stop);

        Assert.Contains("Waits for split-0, which is paused", RenderPage(Samples.Id, "easy-0").Markup, StringComparison.Ordinal);
    }

    private Task AddAsync() => Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd), Samples.Run(Samples.Rm3)], Stop);

    private IRenderedComponent<RunPage> RenderPage(string experiment, string name) =>
        Render<RunPage>(parameters => parameters.Add(component => component.Experiment, experiment).Add(component => component.Name, name));

    // Returns the run folder, which does not exist yet.
    private async Task<string> AddTrackedAsync(TemporaryFolder data)
    {
        Data = new DataFolder(data["data"]);
        var spec = Samples.Recipe.Runs[0] with { TrackLearning = LearningTracking.Evaluation };
        var run = new RunState { Id = new RunId(Samples.Id, spec.Name), Spec = spec, Queued = Samples.Created, Status = RunStatus.Completed };
        await Store.AddExperimentAsync(Samples.Experiment, [run], Stop);
        return Path.Combine(Data.Experiments, Samples.Id, spec.Name);
    }
}
