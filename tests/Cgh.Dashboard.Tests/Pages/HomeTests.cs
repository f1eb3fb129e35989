using Bunit;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using Cgh.RunStore;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class HomeTests : PageContext
{
    private const string Demo = """
        {
          "description": "Four rules on noisy labels.", "cost": "Five minutes on two cores.", "expect": "SGD memorizes.",
          "dataset": { "name": "demo", "demo": {} },
          "runs": [{ "name": "sgd", "model": "resnet-small", "batchSize": 20 }]
        }
        """;

    [Fact]
    public void Render_NoExperiments_IntroducesTheProjectAndOffersTheDemo()
    {
        AddRecipe("demo.json", Demo);

        var page = Render<Home>();

        Assert.Equal("Memorize or generalize?", page.Find("h1").TextContent);
        var card = page.Find("[data-recipe=demo]").TextContent;
        Assert.Contains("Four rules on noisy labels.", card, StringComparison.Ordinal);
        Assert.Contains("Five minutes on two cores.", card, StringComparison.Ordinal);
        Assert.Contains("SGD memorizes.", card, StringComparison.Ordinal);
        Assert.Equal("4", page.Find("[data-recipe=demo] option[selected]").GetAttribute("value"));
        Assert.Equal("Run the demo", page.Find("[data-recipe=demo] button").TextContent.Trim());
    }

    [Fact]
    public void Render_BusWithoutPriorities_DisablesThePriority()
    {
        ByPriority = false;
        AddRecipe("demo.json", Demo);

        var card = Render<Home>().Find("[data-recipe=demo]");

        Assert.True(card.QuerySelector("select")!.HasAttribute("disabled"));
        Assert.Contains("ignored without RabbitMQ", card.TextContent, StringComparison.Ordinal);
        Assert.False(card.QuerySelector("button")!.HasAttribute("disabled"));
    }

    [Fact]
    public void Render_NoRecipes_NamesTheSetting() =>
        Assert.Contains("Dashboard__Recipes", Render<Home>().Markup, StringComparison.Ordinal);

    [Fact]
    public async Task RunTheDemo_Clicked_SubmitsItAndOpensItsPage()
    {
        AddRecipe("demo.json", Demo);
        await StartBusAsync();
        var page = Render<Home>();

        await page.Find("[data-recipe=demo] button").ClickAsync();

        var experiment = Assert.Single(await Store.ListExperimentsAsync(cancellationToken: Stop));
        Assert.Equal("demo-20260101-120000", experiment.Id);
        Assert.Equal(Navigation.BaseUri + "experiments/demo-20260101-120000", Navigation.Uri);
    }

    [Fact]
    public async Task RunTheDemo_PrioritySelected_TheExperimentHasIt()
    {
        AddRecipe("demo.json", Demo);
        await StartBusAsync();
        var page = Render<Home>();

        page.Find("[data-recipe=demo] select").Change("9");
        await page.Find("[data-recipe=demo] button").ClickAsync();

        Assert.Equal(9, Assert.Single(await Store.ListExperimentsAsync(cancellationToken: Stop)).Recipe.Priority);
    }

    [Fact]
    public void RunTheDemo_StoreIsDown_SaysSoAndCanBeRetried()
    {
        AddRecipe("demo.json", Demo);
        var page = Render<Home>();
        Store.IsDown = true;

        page.Find("[data-recipe=demo] button").Click();

        Assert.Equal($"{RunStoreFault.NotResponding} Try again in a moment.", page.Find("[data-recipe=demo] [role=alert]").TextContent);
        Assert.False(page.Find("[data-recipe=demo] button").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Render_Experiments_ListsRunsWithStatusProgressAndFigures()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd), Samples.Run(Samples.Rm3)], Stop);

        var page = Render<Home>();

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
    public async Task Render_PreparingExperiment_ShowsTheProgressOfItsDataset()
    {
        await Store.AddExperimentAsync(Samples.Experiment with { Status = ExperimentStatus.Preparing }, [Samples.Run(Samples.Sgd)], Stop);
        await Store.SaveDatasetAsync(new DatasetState("demo", "packing", 1500, 6000, Ready: false, Error: null), Stop);

        var page = Render<Home>();

        var progress = page.Find(".dataset-progress").TextContent;
        Assert.Contains("packing", progress, StringComparison.Ordinal);
        Assert.Contains("1,500 of 6,000", progress, StringComparison.Ordinal);
        Assert.Equal("25", page.Find(".dataset-progress [role=progressbar]").GetAttribute("aria-valuenow"));
    }

    [Fact]
    public async Task Event_RunHasChanged_PageFollowsWithoutReload()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd)], Stop);
        var page = Render<Home>();
        await Store.UpdateRunAsync(Samples.Sgd, 1, run => run with { Status = RunStatus.Completed }, Stop);

        Feed.Publish(new FeedChange(Samples.Id));

        page.WaitForAssertion(() => Assert.Equal("Completed", page.Find("tr[data-run=sgd] .badge").TextContent));
    }

    [Fact]
    public async Task Store_DownAndUpAgain_BannerComesAndGoesAndTheListStays()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd)], Stop);
        var page = Render<Home>();
        Store.IsDown = true;
        Feed.Publish(new FeedChange(Samples.Id));
        page.WaitForElement("#store-down");
        Assert.NotNull(page.Find("tr[data-run=sgd]"));

        Store.IsDown = false;

        page.WaitForState(() =>
        {
            Clock.Advance(RunFeed.PollInterval);
            return page.FindAll("#store-down").Count == 0;
        });
    }

    [Fact]
    public async Task Dispose_PageIsLeft_SubscriptionEnds()
    {
        Render<Home>();
        Assert.Equal(1, Feed.Count);

        await DisposeComponentsAsync();

        Assert.Equal(0, Feed.Count);
    }

    [Fact]
    public async Task Cancel_Confirmed_IsStoredAndTheTrainersAreTold()
    {
        var bus = await StartBusAsync();
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd)], Stop);
        var page = Render<Home>();

        page.Find("[aria-label='Cancel sgd']").Click();
        Assert.Null((await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        await page.Find("tr[data-run=sgd] .btn-danger").ClickAsync();

        Assert.Equal(StopRequest.Cancel, (await Store.FindRunAsync(Samples.Sgd, Stop))!.StopRequest);
        Assert.True(await bus.Published.Any<CancelRun>(message => message.Context.Message.Run == Samples.Sgd, Stop));
    }
}
