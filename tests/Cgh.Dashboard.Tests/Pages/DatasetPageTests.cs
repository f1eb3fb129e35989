using Bunit;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using MassTransit.Testing;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class DatasetPageTests : PageContext
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private static readonly PrepareDataset s_command =
        new(new DatasetRequest { Name = "photos", Source = "/images/photos" }, [], Experiment: null) { IsFromPage = true };

    private static readonly DatasetState s_packing = new("photos", "packing", 1000, 6000, Ready: false, Error: null)
    {
        ImagesPerSecond = 512.3,
        SecondsLeft = 9.8,
        Request = s_command,
    };

    [Fact]
    public async Task Render_Packing_ShowsRateAndTimeLeftAndCanBePaused()
    {
        await StartBusAsync();
        await Store.SaveDatasetAsync(s_packing, Stop);
        var page = RenderPage();

        Assert.Equal("1,000 of 6,000, 512 per second, 9 s left", page.Find(".dataset-progress .num").TextContent);
        Assert.Equal("Cgh.DataPrep pack /images/photos --out photos", page.Find(".command-line").TextContent);
        await page.Find("[aria-label='Pause photos']").ClickAsync();

        Assert.True(await Store.IsDatasetPausedAsync("photos", Stop));
    }

    [Fact]
    public async Task Render_Paused_CanBeResumed()
    {
        var harness = await StartBusAsync();
        DataPrep.Description = new DatasetDescription { Dataset = new DatasetSummary { Name = "photos" } };
        await Store.PauseDatasetAsync("photos", Stop);
        await Store.SaveDatasetAsync(s_packing with { Stage = "paused", Paused = true, ImagesPerSecond = null, SecondsLeft = null }, Stop);
        var page = RenderPage();
        page.WaitForAssertion(() => Assert.Contains("its finished shards are kept", page.Markup, StringComparison.Ordinal), s_timeout);

        await page.Find("[aria-label='Resume photos']").ClickAsync();

        var sent = (await harness.Sent.SelectAsync<PrepareDataset>(Stop).First()).Context.Message;
        Assert.Equal((s_command.Dataset, true), (sent.Dataset, sent.IsFromPage));
        Assert.False(await Store.IsDatasetPausedAsync("photos", Stop));
        Assert.True((await Store.FindDatasetAsync("photos", Stop))!.IsActive);
    }

    [Fact]
    public async Task Render_Subset_SaysWhichImagesOfWhichDataset()
    {
        await StartBusAsync();
        DataPrep.Description = new DatasetDescription
        {
            Dataset = new DatasetSummary { Name = "photos", IsComplete = true, Train = 40, Val = 10, SubsetOf = "all-photos" },
            Subset = "40 of the 600 training images of /data/datasets/all-photos, tested on 10 others.",
        };

        var page = RenderPage();

        page.WaitForAssertion(() => Assert.Contains("40 of the 600 training images", page.Markup, StringComparison.Ordinal), s_timeout);
        Assert.NotNull(page.Find("a[href='datasets/all-photos']"));
    }

    [Fact]
    public async Task Render_Failed_ShowsTheReasonAndCanBeTriedAgain()
    {
        await StartBusAsync();
        await Store.SaveDatasetAsync(s_packing with { Error = "The disk is full." }, Stop);

        var page = RenderPage();

        Assert.Equal("Dataset photos failed: The disk is full.", page.Find(".alert-danger").TextContent);
        Assert.Equal("Try again", page.Find("[aria-label='Resume photos']").TextContent);
    }

    [Fact]
    public async Task Render_BecomesReady_ShowsTheContents()
    {
        await StartBusAsync();
        await Store.SaveDatasetAsync(s_packing, Stop);
        var page = RenderPage();
        DataPrep.Description = new DatasetDescription
        {
            Dataset = new DatasetSummary { Name = "photos", IsComplete = true, Classes = 3, Train = 5999, Val = 600, Skipped = 1, Side = 224 },
            Folder = "/data/datasets/photos",
            Bytes = 1_400_000_000,
            Source = "/images/photos",
            SourceKind = "folder of class folders",
            ShortSide = 256,
            Skipped = [new SkippedFile("n01/broken.jpg", "truncated")],
            PassedOver = [new PassedOverFiles("not an image file", 1, ["README"])],
            Notes = ["2 images are in train and in val."],
            LabelSets = ["original"],
        };

        await Store.SaveDatasetAsync(s_packing with { Stage = "ready", Done = 6000, Ready = true }, Stop);
        Feed.Publish(new FeedChange(null, "photos"));

        page.WaitForElement(".facts", s_timeout);
        Assert.Equal(
            ["3", "5,999", "600", "1", "224 (short side 256)", "1.4 GB", "original"],
            page.FindAll(".facts dd").Select(value => value.TextContent));
        Assert.Contains("n01/broken.jpg", page.Find("section[aria-labelledby=skipped]").TextContent, StringComparison.Ordinal);
        Assert.Equal("2 images are in train and in val.", page.Find(".alert-warning").TextContent);
        Assert.Empty(page.FindAll(".dataset-progress"));
        Assert.Empty(page.FindAll("[role=group] button"));
    }

    [Fact]
    public async Task Render_Unknown_SaysSo()
    {
        await StartBusAsync();

        var page = RenderPage();

        page.WaitForAssertion(() => Assert.Contains("There is no dataset of this name.", page.Markup, StringComparison.Ordinal), s_timeout);
    }

    private IRenderedComponent<DatasetPage> RenderPage() => Render<DatasetPage>(parameters => parameters.Add(page => page.Name, "photos"));
}
