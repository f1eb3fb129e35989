using Bunit;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class RunsPageTests : PageContext
{
    private readonly TemporaryFolder _folder = new();

    public RunsPageTests()
    {
        Data = new DataFolder(_folder.Path);
        Directory.CreateDirectory(Folder);
    }

    private string Folder => Path.Combine(Data!.Experiments, Samples.Id);

    [Fact]
    public async Task Render_Runs_HasALineForEachWithTheChosenColumns()
    {
        await AddAsync();
        Navigation.NavigateTo("runs?columns=rule,test,learningRate&sort=-test");

        var page = Render<RunsPage>();

        Assert.Equal(["Run", "Experiment", "rule", "Test", "learningRate"], page.FindAll("thead a").Select(head => head.TextContent.TrimEnd('↓', '\u00A0')));
        var row = page.Find($"tr[data-run='{Samples.Sgd}']");
        Assert.Equal(["sgd", "72.6%", "0.04"], row.QuerySelectorAll("td[data-key]").Select(cell => cell.TextContent.Trim()));
        Assert.Equal("2 runs.", page.Find("#run-count").TextContent);
    }

    [Fact]
    public async Task Tag_CheckedRun_IsInItsFolderAndFound()
    {
        await AddAsync();
        var page = Render<RunsPage>();

        page.Find($"[aria-label='Check {Samples.Sgd}']").Change(true);
        page.Find("[aria-label=Tag]").Input("paper v2");
        await Button(page, "Tag").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("1 run tagged.", page.Find("#run-done").TextContent));
        Assert.Equal(["paper", "v2"], RunAnnotations.Read(Folder).Runs["sgd"].Tags);
        page.Find("#query").Input("tag:paper");
        page.WaitForAssertion(() => Assert.Equal("1 of 2 runs.", page.Find("#run-count").TextContent));
    }

    [Fact]
    public async Task Tag_Invalid_IsALineAndNothingIsWritten()
    {
        await AddAsync();
        var page = Render<RunsPage>();

        page.Find($"[aria-label='Check {Samples.Sgd}']").Change(true);
        page.Find("[aria-label=Tag]").Input("a:b");
        await Button(page, "Tag").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(
            "A tag may contain only letters, digits, '.', '-', '_' and '/' (it is 'a:b').", page.Find("#run-error").TextContent));
        Assert.False(File.Exists(Path.Combine(Folder, RunAnnotations.FileName)));
    }

    [Theory]
    [InlineData("Archive", "1 run archived.", "is:archived")]
    [InlineData("Delete", "1 run deleted.", "is:deleted")]
    public async Task ArchiveOrDelete_CheckedRun_LeavesTheListUntilUndone(string button, string done, string query)
    {
        await AddAsync();
        var page = Render<RunsPage>();

        page.Find($"[aria-label='Check {Samples.Rm3}']").Change(true);
        await Button(page, button).ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(done, page.Find("#run-done").TextContent));
        Assert.Empty(page.FindAll($"tr[data-run='{Samples.Rm3}']"));
        page.Find("#query").Input(query);
        page.WaitForAssertion(() => Assert.Equal(Samples.Rm3.ToString(), Assert.Single(page.FindAll("tr[data-run]")).GetAttribute("data-run")));
        page.Find("#query").Input("");
        await Button(page, "Undo").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tr[data-run]").Count));
        Assert.Empty(RunAnnotations.Read(Folder).Runs);
    }

    [Fact]
    public async Task Delete_ActiveRun_IsNotOffered()
    {
        await AddAsync();
        var page = Render<RunsPage>();

        page.Find($"[aria-label='Check {Samples.Sgd}']").Change(true);

        Assert.True(Button(page, "Delete").HasAttribute("disabled"));
        Assert.Equal("Cancel queued and running runs first.", Button(page, "Delete").GetAttribute("title"));
    }

    [Fact]
    public async Task Edit_NameTagsAndNotes_AreKeptAndShown()
    {
        await AddAsync();
        var page = Render<RunsPage>();
        page.Find($"[aria-label='Check {Samples.Sgd}']").Change(true);
        Button(page, "Edit").Click();

        page.Find("#edit-title").Change("Baseline");
        page.Find("#edit-tags").Change("b a");
        page.Find("#edit-notes").Change("two\nlines");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal("Baseline", page.Find($"tr[data-run='{Samples.Sgd}'] a").TextContent));
        var note = RunAnnotations.Read(Folder).Runs["sgd"];
        Assert.Equal(("Baseline", "two\nlines"), (note.Title, note.Notes));
        Assert.Equal(["a", "b"], note.Tags);
        Assert.Empty(page.FindAll("form"));
    }

    [Fact]
    public async Task Commands_CheckedRuns_GoToThoseTheyApplyTo()
    {
        await StartBusAsync();
        await AddAsync();
        var page = Render<RunsPage>();
        page.Find("[aria-label='Check all listed runs']").Change(true);
        Assert.Equal($"compare?run={Samples.Id}/sgd,rm3", page.Find(".run-selection a.btn-primary").GetAttribute("href"));

        await Button(page, "Pause").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("1 run paused.", page.Find("#run-done").TextContent));
        await Button(page, "Requeue").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("1 run queued.", page.Find("#run-done").TextContent));

        Assert.Equal(StopRequest.Pause, (await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        Assert.Equal(RunStatus.Queued, (await Store.FindRunAsync(Samples.Rm3, Stop))!.Status);
    }

    [Fact]
    public async Task Annotate_FolderIsElsewhere_SaysSo()
    {
        await AddAsync();
        Directory.Delete(Folder);
        var page = Render<RunsPage>();

        page.Find($"[aria-label='Check {Samples.Rm3}']").Change(true);
        await Button(page, "Archive").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(
            $"The folder of experiment {Samples.Id} is not on this machine, so nothing can be noted about its runs.", page.Find("#run-error").TextContent));
    }

    [Fact]
    public async Task Group_ByStatus_HasAHeadWithTheNumberOfRuns()
    {
        await AddAsync();
        var page = Render<RunsPage>();

        page.Find("#group").Change("status");

        page.WaitForAssertion(() => Assert.Equal(["Status: Failed (1)", "Status: Running (1)"], page.FindAll(".run-group").Select(head => head.TextContent)));
        Assert.EndsWith("?group=status", Navigation.Uri, StringComparison.Ordinal);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _folder.Dispose();
    }

    private static AngleSharp.Dom.IElement Button(IRenderedComponent<RunsPage> page, string text) =>
        page.FindAll("button").Single(button => button.TextContent.Trim() == text);

    private Task AddAsync() => Store.AddExperimentAsync(
        Samples.Experiment, [Samples.Trained(Samples.Sgd), Samples.Run(Samples.Rm3) with { Status = RunStatus.Failed }], Stop);
}
