using Bunit;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class QueuePageTests : PageContext
{
    [Fact]
    public void Render_EmptyQueue_SaysSo()
    {
        var page = Render<QueuePage>();

        Assert.Contains("0 runs running, 0 queued.", Flat(page.Find("p").TextContent), StringComparison.Ordinal);
        Assert.Empty(page.FindAll("table"));
    }

    [Fact]
    public async Task Render_Running_ShowsMachineAndThroughput()
    {
        await AddAsync(
            "a",
            4,
            Samples.Trained(Samples.Sgd) with { Attempt = 2, InputWait = 0.031 },
            Samples.Trained(Samples.Rm3) with { Host = "bench-8", Responding = false });

        var page = Render<QueuePage>();

        Assert.Contains("2 runs running on 2 machines, 0 queued.", Flat(page.Find("p").TextContent), StringComparison.Ordinal);
        var row = page.Find("tr[data-run='a/sgd']");
        Assert.Equal("bench-7", Cell(row, "Machine"));
        Assert.Equal("2", Cell(row, "Attempt"));
        Assert.Equal("just now", Cell(row, "Started"));
        Assert.Equal("1,432", Cell(row, "Images/s"));
        Assert.Equal("3.1%", Cell(row, "Input wait"));
        Assert.Equal("runs/a/sgd", row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Equal("not responding", page.Find("tr[data-run='a/rm3'] td[data-label=Machine] .badge").TextContent);
    }

    [Fact]
    public async Task Render_Queued_SortedByPriorityThenQueueTimeWithMissingDatasetsLast()
    {
        var later = Samples.Created.AddMinutes(1);
        await AddAsync("low", 1, Samples.Run(Samples.Sgd));
        await AddAsync("preparing", 9, Samples.Run(Samples.Sgd) with { Offered = null });
        await AddAsync("middle", 4, Samples.Run(Samples.Sgd) with { Offered = later }, Samples.Run(Samples.Rm3));
        await AddAsync("high", 8, Samples.Run(Samples.Sgd) with { Offered = later }, Samples.Trained(Samples.Rm3) with { Status = RunStatus.Completed });

        var page = Render<QueuePage>();

        var rows = page.FindAll("section[aria-labelledby=queued] tbody tr");
        Assert.Equal(["high/sgd", "middle/rm3", "middle/sgd", "low/sgd", "preparing/sgd"], rows.Select(row => row.GetAttribute("data-run")));
        Assert.Equal(["1", "2", "3", "4", "5"], rows.Select(row => Cell(row, "Position")));
        Assert.Equal(["8", "4", "4", "1", "9"], rows.Select(row => Cell(row, "Priority")));
        Assert.Equal(["Waiting for a trainer", "Waiting for its dataset"], rows.Select(row => Cell(row, "Details")).Distinct());
    }

    [Fact]
    public async Task Render_BusWithoutPriorities_SortedByQueueTime()
    {
        ByPriority = false;
        await AddAsync("high", 8, Samples.Run(Samples.Sgd) with { Offered = Samples.Created.AddMinutes(1) });
        await AddAsync("low", 1, Samples.Run(Samples.Sgd));

        var page = Render<QueuePage>();

        Assert.Equal(["low/sgd", "high/sgd"], page.FindAll("section[aria-labelledby=queued] tbody tr").Select(row => row.GetAttribute("data-run")));
        Assert.Contains("Priorities need RabbitMQ", page.Find("section[aria-labelledby=queued] p").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_ParkedRun_CanBeRequeued()
    {
        await StartBusAsync();
        await AddAsync(
            "a",
            4,
            Samples.Trained(Samples.Sgd),
            Samples.Trained(Samples.Rm3) with { Status = RunStatus.Parked, Failures = 3, Error = "The disk is full." });
        var page = Render<QueuePage>();
        Assert.Contains(
            "Parked after 3 failed attempts in a row. Last error: The disk is full.",
            page.Find("section[aria-labelledby=stopped]").TextContent,
            StringComparison.Ordinal);

        await page.Find("[aria-label='Requeue rm3']").ClickAsync();

        Assert.Equal(RunStatus.Queued, (await Store.FindRunAsync(new RunId("a", "rm3"), Stop))!.Status);
        Assert.Empty(page.FindAll("section[aria-labelledby=stopped]"));
    }

    [Fact]
    public async Task Render_EndedExperiment_IsNotListed()
    {
        await AddAsync("a", 4, Samples.Trained(Samples.Sgd) with { Status = RunStatus.Parked });
        await Store.UpdateExperimentAsync("a", experiment => experiment with { Status = ExperimentStatus.Failed }, Stop);

        Assert.Empty(Render<QueuePage>().FindAll("tr[data-run]"));
    }

    private static string Cell(AngleSharp.Dom.IElement row, string column) => row.QuerySelector($"td[data-label='{column}']")!.TextContent.Trim();

    private static string Flat(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private Task AddAsync(string id, int priority, params RunState[] runs) => Store.AddExperimentAsync(
        Samples.Experiment with { Id = id, Recipe = Samples.Recipe with { Priority = priority } },
        [.. runs.Select(run => run with { Id = new RunId(id, run.Id.Name) })],
        Stop);
}
