using Bunit;
using Cgh.Core.Experiments;
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
    public async Task Render_Experiments_ShowsALineForEach()
    {
        var trained = Samples.Trained(Samples.Sgd) with { Best = new Dictionary<string, BestResult> { [Curves.Test] = new(10, 75.25) } };
        await Store.AddExperimentAsync(Samples.Experiment, [trained, Samples.Run(Samples.Rm3) with { Status = RunStatus.Completed }], Stop);

        var page = Render<Home>();

        var row = page.Find("[data-experiment]");
        Assert.Equal($"experiments/{Samples.Id}", row.QuerySelector("a")!.GetAttribute("href"));
        Assert.Equal(["demo, 0%", "sgd, rm3"], row.QuerySelectorAll("td .clip").Select(cell => cell.TextContent));
        Assert.Equal("Running", row.QuerySelector(".badge")!.TextContent);
        Assert.Equal("1 of 2 runs", row.QuerySelector("[data-label=State] .small")!.TextContent);
        Assert.Equal("75.3% sgd", row.QuerySelector("[data-label='Best test']")!.TextContent);
        Assert.Equal("recipes", page.Find("a.btn-primary").GetAttribute("href"));
    }

    [Fact]
    public async Task Render_PreparingExperiment_ShowsTheProgressOfItsDataset()
    {
        await Store.AddExperimentAsync(Samples.Experiment with { Status = ExperimentStatus.Preparing }, [Samples.Run(Samples.Sgd)], Stop);
        await Store.SaveDatasetAsync(new DatasetState("demo", "packing", 1500, 6000, Ready: false, Error: null), Stop);

        var page = Render<Home>();

        Assert.Equal("packing, 1,500 of 6,000", page.Find("[data-label=State] .small").TextContent);
    }

    [Fact]
    public async Task Render_RunFoldersAreBeingRead_IsNotThatOfAnEmptyLaboratory()
    {
        await Store.SaveRebuildProgressAsync(new RebuildProgress(0, 1000), Stop);

        var page = Render<Home>();

        Assert.Equal("Experiments", page.Find("h1").TextContent);
        Assert.Empty(page.FindAll(".welcome"));
    }

    [Fact]
    public async Task Pages_ManyExperiments_EveryOneIsReachable()
    {
        await AddManyAsync(120);
        var seen = new List<string>();
        var page = Render<Home>();
        Assert.Equal("120 experiments.", page.Find("p[role=status]").TextContent);
        for (; ; )
        {
            seen.AddRange(page.FindAll("[data-experiment]").Select(row => row.GetAttribute("data-experiment")!));
            if (page.FindAll("a[rel=next]") is not [var next])
            {
                break;
            }

            Navigation.NavigateTo(next.GetAttribute("href")!);
        }

        Assert.EndsWith("?page=3", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 120).Reverse().Select(number => $"many-{number:000}"), seen);
    }

    [Fact]
    public async Task Search_Typed_TheListAndTheUrlFollow()
    {
        await AddManyAsync(120);
        Navigation.NavigateTo("?page=2&sort=name");
        var page = Render<Home>();

        page.Find("#query").Input("experiment:many-00*");

        page.WaitForAssertion(() => Assert.Equal("10 of 120 experiments.", page.Find("p[role=status]").TextContent));
        Assert.Equal("many-000", page.Find("[data-experiment]").GetAttribute("data-experiment"));
        Assert.EndsWith("?sort=name&q=experiment%3Amany-00%2A", Navigation.Uri, StringComparison.Ordinal);
        page.Find("#query").Input("experimnt:many-00*");
        page.WaitForAssertion(() => Assert.Equal(
            "There is no key 'experimnt'. Did you mean 'experiment'?", page.Find("#query-error").TextContent));
    }

    [Fact]
    public async Task Event_RunHasChanged_PageFollowsWithoutReload()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd)], Stop);
        var page = Render<Home>();
        await Store.UpdateRunAsync(Samples.Sgd, 1, run => run with { Status = RunStatus.Completed }, Stop);

        Feed.Publish(new FeedChange(Samples.Id));

        page.WaitForAssertion(() => Assert.Equal("1 of 1 runs", page.Find("[data-label=State] .small").TextContent));
    }

    [Fact]
    public async Task Store_DownAndUpAgain_BannerComesAndGoesAndTheListStays()
    {
        await Store.AddExperimentAsync(Samples.Experiment, [Samples.Trained(Samples.Sgd)], Stop);
        var page = Render<Home>();
        Store.IsDown = true;
        Feed.Publish(new FeedChange(Samples.Id));
        page.WaitForElement("#store-down");
        Assert.NotNull(page.Find("[data-experiment]"));

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

    private async Task AddManyAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            var id = $"many-{number:000}";
            await Store.AddExperimentAsync(
                Samples.Experiment with { Id = id, Created = Samples.Created.AddMinutes(number), Status = ExperimentStatus.Completed },
                [Samples.Run(new RunId(id, "sgd"))],
                Stop);
        }
    }
}
