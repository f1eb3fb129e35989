using AngleSharp.Dom;
using Bunit;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class LabelsPageTests : PageContext
{
    private const string Stage = "suspects";

    private readonly TemporaryFolder _folder = new();
    private readonly BunitJSModuleInterop _script;

    public LabelsPageTests()
    {
        Data = new DataFolder(_folder.Path);
        _script = JSInterop.SetupModule("./js/review.js");
        var keys = _script.SetupModule(invocation => invocation.Identifier == "attach");
        keys.SetupVoid("focus", _ => true).SetVoidResult();
        keys.SetupVoid("reveal", _ => true).SetVoidResult();
        keys.SetupVoid("detach").SetVoidResult();
        _script.SetupVoid("setReviewer", _ => true).SetVoidResult();
    }

    private string ReportFolder => Path.Combine(Data!.Experiments, Samples.Id, Stage);

    private string DatasetFolder => Path.Combine(Data!.Datasets, "demo");

    private string RunPath => Path.Combine(Data!.Experiments, Samples.Id, "rm3");

    [Fact]
    public void Render_NoReport_SaysSo()
    {
        Directory.CreateDirectory(Path.Combine(Data!.Experiments, Samples.Id, Stage));

        var page = RenderPage();

        Assert.Equal("No report on labels", page.Find("h1").TextContent);
    }

    [Fact]
    public void Render_ReportIsDamaged_SaysWhy()
    {
        WriteReport();
        File.WriteAllText(Path.Combine(ReportFolder, LabelReport.Npy), "x");

        Assert.Contains("labels.npy is damaged", RenderPage().Find("[data-failure]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Suspects_AreMostSuspiciousFirstWithBothLabelsAndTheNearest()
    {
        WriteReport();

        var page = RenderPage("ada");

        Assert.Equal(["0", "3", "6", "9"], Cards(page).Select(card => card.GetAttribute("data-index")));
        Assert.Equal(
            "Example 3: given cat, suggested eel, score 0.75, looks like another class, undecided",
            Cards(page)[1].QuerySelector(".visually-hidden")!.TextContent);
        var details = page.Find("[data-details='0']");
        Assert.Contains("Nearest in cat (given)", details.TextContent, StringComparison.Ordinal);
        Assert.Contains("Nearly the same image, given dog", details.TextContent, StringComparison.Ordinal);
        Assert.Contains("cat/00000.png", details.TextContent, StringComparison.Ordinal);
        Assert.StartsWith($"runs/{Samples.Id}/{Stage}/labels/images/", details.QuerySelector("img")!.GetAttribute("src"), StringComparison.Ordinal);
        Assert.Equal("0 of 4 decided", page.Find("[data-progress]").TextContent);
    }

    [Fact]
    public void Render_ReviewerIsUnknown_AsksForANameAndKeepsIt()
    {
        WriteReport();
        var page = RenderPage(reviewer: null);
        Assert.True(page.Find("[data-decision=Accept]").HasAttribute("disabled"));
        Assert.Matches("^reviewer-[0-9a-f]{4}$", page.Find("#reviewer").GetAttribute("value"));

        page.Find("#reviewer").Change(" ada ");
        page.Find(".review-bar form").Submit();

        Assert.Equal("ada", page.Find("[data-reviewer]").TextContent);
        Assert.Equal("ada", _script.Invocations["setReviewer"].Single().Arguments[0]);
        Assert.False(page.Find("[data-decision=Accept]").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Press_KeysOfTheLegend_AreSavedAndMoveOn()
    {
        WriteReport();
        var page = RenderPage("ada");

        await PressAsync(page, "a", 0);
        await PressAsync(page, "Enter", 3);
        await PressAsync(page, "u", 6);

        Assert.Equal("3 of 4 decided", page.Find("[data-progress]").TextContent);
        Assert.Equal("9", page.Find("[aria-selected=true][data-index]").GetAttribute("data-index"));
        Assert.Equal(["→ dog", "kept", "unsure"], page.FindAll(".review-verdict").Select(verdict => verdict.TextContent));
        Assert.Equal(
            [(0, DecisionKind.Accept, 1), (3, DecisionKind.Keep, 0), (6, DecisionKind.Unsure, (int?)null)],
            Saved().Select(pair => (pair.Index, pair.Verdict.Decisions[0].Decision, pair.Verdict.Decisions[0].Label)));

        await PressAsync(page, "z", 9);

        Assert.Equal("6", page.Find("[aria-selected=true][data-index]").GetAttribute("data-index"));
        Assert.Equal([0, 3], Saved().Select(pair => pair.Index));
    }

    [Fact]
    public async Task Press_AnotherClass_IsChosenByTyping()
    {
        WriteReport();
        var page = RenderPage("ada");
        await PressAsync(page, "c", 0);
        page.Find(".class-picker input").Input("e");
        Assert.Equal(["eel"], page.FindAll(".class-picker li").Select(item => item.TextContent));

        await page.Find(".class-picker input").KeyDownAsync(Key.Enter);

        Assert.Empty(page.FindAll(".class-picker"));
        Assert.Equal((DecisionKind.Other, 2), (Saved()[0].Verdict.Decisions[0].Decision, Saved()[0].Verdict.Label));
    }

    [Fact]
    public async Task Decide_AnotherReviewerDiffers_IsDisputedAndCanBeOverruled()
    {
        WriteReport();
        Review().Decide(0, "bob", DecisionKind.Keep);
        var page = RenderPage("ada");
        await PressAsync(page, "a", 0);
        Assert.Equal("0 of 4 decided, 1 disputed", page.Find("[data-progress]").TextContent);

        Cards(page)[0].FocusIn();
        Assert.Equal(["bob: kept cat", "ada: accepted dog"], page.FindAll("[data-decisions] li").Select(item => item.TextContent));
        page.Find("[data-decision=Overrule]").Click();

        Assert.Equal("1 of 4 decided", page.Find("[data-progress]").TextContent);
        Assert.Equal(1, Review().Verdict(0).Label);
    }

    [Theory]
    [InlineData("?pair=0-2", "3,9")]
    [InlineData("?kind=rare", "0,9")]
    [InlineData("?min=0.5&max=0.8", "3,6")]
    [InlineData("?show=undecided", "3,6,9")]
    [InlineData("?show=undecided-by-me", "0,3,6,9")]
    [InlineData("?show=decided&kind=rare", "0")]
    [InlineData("?pair=x&min=y&page=99", "0,3,6,9")]
    public void Render_FilterInTheUrl_ShowsWhatMatches(string query, string expected)
    {
        WriteReport();
        Review().Decide(0, "bob", DecisionKind.Accept);
        Navigation.NavigateTo(query);

        Assert.Equal(expected, string.Join(',', Cards(RenderPage("ada")).Select(card => card.GetAttribute("data-index"))));
    }

    [Fact]
    public async Task Press_ManySuspects_TurnsThePageAfterTheLast()
    {
        WriteReport(images: 400);
        var page = RenderPage("ada");
        Assert.Equal(LabelsPage.PageSize, Cards(page).Count);
        var last = (LabelsPage.PageSize - 1) * 3;

        await PressAsync(page, "a", last);

        Assert.EndsWith("?page=2", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("Page 2 of 3, 134 shown", page.Find("[data-page]").TextContent);
        Assert.Equal($"{last + 3}", page.Find("[aria-selected=true][data-index]").GetAttribute("data-index"));
    }

    [Fact]
    public void Render_SomeAreDecided_StartsAtTheFirstUndecided()
    {
        WriteReport(images: 400);
        var review = Review();
        for (var at = 0; at < 70; at++)
        {
            review.Decide(at * 3, "ada", DecisionKind.Keep);
        }

        var page = RenderPage("ada");

        Assert.Equal("210", page.Find("[aria-selected=true][data-index]").GetAttribute("data-index"));
        Assert.StartsWith("Page 2", page.Find("[data-page]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReviewAgain_AnotherReviewer_DoesNotSeeTheFirstDecisionAndAgreementIsShown()
    {
        WriteReport();
        var review = Review();
        review.Decide(0, "ada", DecisionKind.Accept);
        review.Decide(3, "ada", DecisionKind.Keep);
        var page = RenderPage("bob");

        page.Find("section[aria-labelledby=second-review] form").Submit();

        Assert.EndsWith("?again=20.2", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(["0", "3"], Cards(page).Select(card => card.GetAttribute("data-index")!).Order());
        Assert.Empty(page.FindAll(".review-verdict"));
        Assert.Empty(page.FindAll("[data-decisions]"));

        await PressAsync(page, "a", 0);
        await PressAsync(page, "a", 3);

        Assert.Contains(
            "1 of 2 got the same label both times: 50.0%", page.Find("section[aria-labelledby=second-review]").TextContent, StringComparison.Ordinal);
        Assert.Equal(2, page.FindAll(".review-verdict").Count);
        Assert.All(Review().Verdicts(), pair => Assert.True(pair.Verdict.Decisions[1].Blind));
    }

    [Fact]
    public void ReviewAgain_NobodyElseHasDecided_SaysSo()
    {
        WriteReport();
        var page = RenderPage("ada");

        page.Find("section[aria-labelledby=second-review] form").Submit();

        Assert.StartsWith("There is nothing for ada to review again", page.Find("[data-error]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Poll_ShareDisappearsAndComesBack_DecisionsStayAndThePageRecovers()
    {
        WriteReport();
        var page = RenderPage("ada");
        await PressAsync(page, "a", 0);
        var data = Path.Combine(Data!.Root, "experiments");
        Directory.Move(data, data + "-away");
        Directory.Move(Data.Datasets, Data.Datasets + "-away");

        Clock.Advance(RunFeed.PollInterval);
        page.WaitForAssertion(() => Assert.Contains("is not there now", page.Find("[data-failure]").TextContent, StringComparison.Ordinal));
        await PressAsync(page, "a", 3);
        Assert.StartsWith("Example 3: The decision was not saved", page.Find("[data-error]").TextContent, StringComparison.Ordinal);
        Assert.Equal("1 of 4 decided", page.Find("[data-progress]").TextContent);

        Directory.Move(data + "-away", data);
        Clock.Advance(RunFeed.PollInterval);
        page.WaitForAssertion(() => Assert.Contains("There is no dataset 'demo'", page.Find("[data-failure]").TextContent, StringComparison.Ordinal));

        Directory.Move(Data.Datasets + "-away", Data.Datasets);
        Clock.Advance(RunFeed.PollInterval);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-failure]")));
        Assert.EndsWith("?retry=1", page.Find(".review-card img").GetAttribute("src"), StringComparison.Ordinal);
        await PressAsync(page, "a", 3);

        Assert.Equal("2 of 4 decided", page.Find("[data-progress]").TextContent);
    }

    [Fact]
    public async Task Apply_ThenTrain_SubmitsTheRunAndShowsTheGain()
    {
        WriteReport();
        SaveRun(RunPath, Samples.Recipe.Runs[1], 70);
        await StartBusAsync();
        var page = RenderPage("ada");
        Assert.True(page.Find("section[aria-labelledby=corrections] button[type=submit]").HasAttribute("disabled"));
        await PressAsync(page, "a", 0);

        page.Find("section[aria-labelledby=corrections] form").Submit();
        page.WaitForElement("tr[data-correction=reviewed] button").Click();
        page.WaitForElement("tr[data-correction=reviewed] a");

        using var dataset = Dataset.Open(DatasetFolder);
        Assert.Equal("original", dataset.Labels("reviewed").Info.From);
        var id = CorrectionHistory.Read(ReportFolder).Corrections.Single().Experiment!;
        Assert.StartsWith("reviewed-2026", id, StringComparison.Ordinal);
        var run = Assert.Single(await Store.ListRunsAsync(id, Stop));
        Assert.Equal(Samples.Recipe.Runs[1] with { Name = "corrected", Labels = "reviewed" }, run.Spec);
        Assert.Equal("–", page.Find("[data-gain]").TextContent);

        SaveRun(Path.Combine(Data!.Experiments, id, "corrected"), run.Spec, 72.5);
        Clock.Advance(RunFeed.PollInterval);

        page.WaitForAssertion(() => Assert.Equal("+2.5", page.Find("[data-gain]").TextContent));
        Assert.Equal(["70.0%", "72.5%"], page.FindAll("tr[data-correction] td.num").Skip(1).Take(2).Select(cell => cell.TextContent));
    }

    [Fact]
    public async Task Link_StageWithAReport_IsOnTheRunPageAndInTheGraph()
    {
        var recipe = Samples.Recipe with
        {
            Runs = [.. Samples.Recipe.Runs, new RunSpec { Name = Stage, Dataset = "demo", Derive = new StageSpec { Kind = StageKind.Labels, From = "rm3" } }],
        };
        IReadOnlyList<RunState> runs =
        [
            .. recipe.Runs.Select(spec => new RunState
            {
                Id = new RunId(Samples.Id, spec.Name), Spec = spec, Status = RunStatus.Completed, Queued = Samples.Created,
            }),
        ];
        await Store.AddExperimentAsync(Samples.Experiment with { Recipe = recipe }, runs, Stop);
        WriteReport();

        Assert.Equal($"runs/{Samples.Id}/{Stage}/labels", RenderRun(Stage).Find("[data-labels]").GetAttribute("href"));
        Assert.Empty(RenderRun("rm3").FindAll("[data-labels]"));
        var graph = Render<StageGraph>(parameters => parameters.Add(component => component.Recipe, recipe).Add(component => component.Runs, runs));
        Assert.Equal(Stage, Assert.Single(graph.FindAll("[data-labels]")).GetAttribute("data-labels"));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _folder.Dispose();
    }

    private static IReadOnlyList<IElement> Cards(IRenderedComponent<LabelsPage> page) => [.. page.FindAll("[data-index]")];

    private static Task PressAsync(IRenderedComponent<LabelsPage> page, string key, int index) => page.InvokeAsync(() => page.Instance.Press(key, index));

    private static void SaveRun(string folder, RunSpec spec, double accuracy)
    {
        Directory.CreateDirectory(folder);
        new RunFolder(folder).Save(new RunRecord
        {
            Spec = spec,
            DatasetFolder = "demo",
            Status = RunStatus.Completed,
            Result = new Dictionary<string, EvaluationResult> { [Curves.Test] = new(3, 1, accuracy, 100) },
        });
    }

    private void WriteReport(int images = 12)
    {
        ReportedDataset.WriteDataset(DatasetFolder, images);
        ReportedDataset.WriteReport(ReportFolder, DatasetFolder, RunPath);
    }

    private LabelReview Review() => LabelReview.Open(ReportFolder, Clock);

    private IReadOnlyList<(int Index, LabelVerdict Verdict)> Saved() => Review().Verdicts();

    private IRenderedComponent<LabelsPage> RenderPage(string? reviewer = null)
    {
        _script.Setup<string?>("reviewer").SetResult(reviewer);
        return Render<LabelsPage>(parameters => parameters.Add(component => component.Experiment, Samples.Id).Add(component => component.Name, Stage));
    }

    private IRenderedComponent<RunPage> RenderRun(string name) =>
        Render<RunPage>(parameters => parameters.Add(component => component.Experiment, Samples.Id).Add(component => component.Name, name));
}
