using AngleSharp.Dom;
using Bunit;
using Cgh.Core.Datasets;
using Cgh.Core.Messages;
using Cgh.Dashboard.Pages;
using Cgh.Dashboard.Tests.Fakes;
using MassTransit.Testing;
using Xunit;

namespace Cgh.Dashboard.Tests.Pages;

public sealed class SourcesPageTests : PageContext
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    private static readonly SourceInspection s_photos = new()
    {
        Path = "/images/photos",
        Kind = "folder of class folders",
        LabelsFrom = "the names of the class folders",
        Train = 18,
        Val = 2,
        Holdout = 0.1,
        ClassCount = 2,
        Classes = [new SourceClass("n01", "tench", 9, 1), new SourceClass("n02", null, 9, 1)],
        PassedOver = [new PassedOverFiles("not an image file", 3, ["README", "a.txt"])],
        Warnings = ["Class n02 has a hundred times the images of class n01."],
        Estimate = ["About 3 s."],
        Samples =
        [
            new SampleImage("n01/1.png", "tench", "image/png", [1, 2, 3], Failure: null) { Width = 28, Height = 28 },
            new SampleImage("n02/1.png", "n02", MediaType: null, [], "not an image"),
        ],
    };

    [Fact]
    public async Task Render_Roots_CanBeWalkedAndLookedAt()
    {
        await StartBusAsync();
        DataPrep.Folders = new FolderListing
        {
            Entries = [new FolderEntry("a b", "/images/a b", IsFolder: true), new FolderEntry("train.tar", "/images/train.tar", IsFolder: false)],
            HasMore = true,
        };

        var page = Render<SourcesPage>();

        page.WaitForAssertion(
            () => Assert.Equal(
                ["sources?folder=%2Fimages%2Fa%20b", "sources?source=%2Fimages%2Ftrain.tar"],
                page.FindAll(".source-folders a").Select(link => link.GetAttribute("href"))),
            s_timeout);
        Assert.Contains("More entries are not listed.", page.Find(".source-folders").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_Folder_HasItsParentAndAButtonToLookAtIt()
    {
        await StartBusAsync();
        DataPrep.Folders = new FolderListing { Path = "/images/photos", Parent = "/images" };
        Navigation.NavigateTo("sources?folder=%2Fimages%2Fphotos");

        var page = Render<SourcesPage>();

        page.WaitForAssertion(() => Assert.Equal("sources?folder=%2Fimages", Link(page, "Up").GetAttribute("href")), s_timeout);
        Assert.Equal("sources?source=%2Fimages%2Fphotos", Link(page, "Look at this folder").GetAttribute("href"));
    }

    [Fact]
    public async Task Render_FolderNotAllowed_ShowsTheReason()
    {
        await StartBusAsync();
        DataPrep.Folders = new FolderListing { Error = "There is no /etc below an allowed folder." };
        Navigation.NavigateTo("sources?folder=%2Fetc");

        var page = Render<SourcesPage>();

        page.WaitForAssertion(() => Assert.Contains(DataPrep.Folders.Error, page.Find("[role=alert]").TextContent, StringComparison.Ordinal), s_timeout);
    }

    [Fact]
    public async Task Render_Datasets_AreListedWithTheirCounts()
    {
        await StartBusAsync();
        DataPrep.Datasets = new DatasetList(
            "/data/datasets",
            [
                new DatasetSummary
                {
                    Name = "a", IsComplete = true, Classes = 10, Train = 60_000, Val = 10_000, Skipped = 1, Side = 28, Created = Samples.Created,
                },
                new DatasetSummary { Name = "b" },
                new DatasetSummary { Name = "c", IsComplete = true, Error = "dataset.json is not readable." },
                new DatasetSummary { Name = "d", IsComplete = true, Classes = 10, Train = 600, Val = 100, Side = 28, SubsetOf = "a" },
            ],
            Error: null);

        var page = Render<SourcesPage>();

        page.WaitForElement("tr[data-dataset=a]", s_timeout);
        Assert.Equal(["10", "60,000", "10,000", "1", "28", "just now"], Cells(page, "a"));
        Assert.Equal("datasets/a", page.Find("tr[data-dataset=a] a").GetAttribute("href"));
        Assert.Equal(["unfinished"], Cells(page, "b"));
        Assert.Equal(["dataset.json is not readable."], Cells(page, "c"));
        Assert.Equal("dsubset of a", page.Find("tr[data-dataset=d] th").TextContent);
    }

    [Fact]
    public async Task Look_Source_ShowsWhatItIsWithItsImages()
    {
        await StartBusAsync();
        DataPrep.Inspection = s_photos;

        var page = Look("/images/photos");

        page.WaitForElement("#recognised", s_timeout);
        Assert.Equal("Folder of class folders", page.Find("#recognised").TextContent);
        var text = page.Markup;
        Assert.Contains("10.0% of each class are held out", text, StringComparison.Ordinal);
        Assert.Contains("3 files passed over: not an image file", text, StringComparison.Ordinal);
        Assert.Contains(s_photos.Warnings[0], text, StringComparison.Ordinal);
        Assert.Contains("About 3 s.", text, StringComparison.Ordinal);
        Assert.Equal(["data:image/png;base64,AQID"], page.FindAll(".samples img").Select(image => image.GetAttribute("src")));
        Assert.Equal("not an image", page.Find(".sample-failure").TextContent);
        Assert.Equal(["tench", "n02"], page.FindAll(".samples figcaption").Select(caption => caption.TextContent));
        Assert.Equal(["0", "9", "1", "1", "9", "1"], page.FindAll(".class-table tbody .num").Select(cell => cell.TextContent));
        Assert.Equal("Cgh.DataPrep pack /images/photos --out photos", page.Find(".command-line").TextContent);
    }

    [Fact]
    public async Task Look_WhileItRuns_ShowsProgressAndLeavingCancelsIt()
    {
        var harness = await StartBusAsync();
        DataPrep.Hold = new TaskCompletionSource();
        var page = Look("/images/photos");

        page.WaitForAssertion(() => Assert.Contains("3 of 10", page.Find("[role=status]").TextContent, StringComparison.Ordinal), s_timeout);
        await DisposeComponentsAsync();

        var cancelled = await harness.Published.SelectAsync<CancelInspection>(Stop).First();
        Assert.Equal(DataPrep.Inspected.Single().Id, cancelled.Context.Message.Id);
        DataPrep.Hold.SetResult();
    }

    [Fact]
    public async Task Look_OptionsChanged_MustBeRepeatedBeforePacking()
    {
        await StartBusAsync();
        DataPrep.Inspection = s_photos;
        var page = Look("/images/photos");
        page.WaitForElement("#pack-side", s_timeout);

        page.Find("#pack-side").Change("28");
        page.Find("#pack-holdout").Change("25");

        page.WaitForAssertion(() => Assert.True(Button(page, "Pack").HasAttribute("disabled")), s_timeout);
        page.WaitForAssertion(
            () => Assert.Equal("Cgh.DataPrep pack /images/photos --out photos --side 28 --holdout 0.25", page.Find(".command-line").TextContent), s_timeout);
        await Button(page, "Look again").ClickAsync();
        page.WaitForAssertion(() => Assert.False(Button(page, "Pack").HasAttribute("disabled")), s_timeout);
        Assert.Equal((28, 0.25), (DataPrep.Inspected[^1].Dataset.Side, DataPrep.Inspected[^1].Dataset.Holdout));
    }

    [Fact]
    public async Task Look_SmallImages_OffersTheirSide()
    {
        await StartBusAsync();
        DataPrep.Inspection = s_photos;
        var page = Look("/images/photos");
        page.WaitForElement("#pack-side", s_timeout);

        await Button(page, "The images are 28 × 28: use that side").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(2, DataPrep.Inspected.Count), s_timeout);
        Assert.Equal((28, 28), (DataPrep.Inspected[^1].Dataset.Side, DataPrep.Inspected[^1].Dataset.ShortSide));
    }

    [Fact]
    public async Task Look_CannotBePacked_SaysWhyAndPackIsDisabled()
    {
        await StartBusAsync();
        DataPrep.Inspection = s_photos with { Problem = "val has the class 17, and train has none of that name." };

        var page = Look("/images/photos");

        page.WaitForElement("#recognised", s_timeout);
        Assert.Equal(DataPrep.Inspection.Problem, page.Find(".alert-danger").TextContent);
        Assert.True(Button(page, "Pack").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Look_NotASource_ShowsTheError()
    {
        await StartBusAsync();
        DataPrep.Inspection = new SourceInspection { Error = "/images/photos holds no images." };

        var page = Look("/images/photos");

        page.WaitForAssertion(
            () => Assert.Contains(DataPrep.Inspection.Error, page.Find(".alert-warning").TextContent, StringComparison.Ordinal),
            s_timeout);
        Assert.Empty(page.FindAll("#pack"));
    }

    [Fact]
    public async Task Pack_Clicked_IsQueuedAndItsPageOpens()
    {
        var harness = await StartBusAsync();
        DataPrep.Inspection = s_photos;
        await Store.PauseDatasetAsync("mine", Stop);
        var page = Look("/images/photos");
        page.WaitForElement("#pack-name", s_timeout);
        page.Find("#pack-name").Input("mine");
        page.WaitForAssertion(() => Assert.EndsWith(" --out mine", page.Find(".command-line").TextContent, StringComparison.Ordinal), s_timeout);

        await Button(page, "Pack").ClickAsync();

        page.WaitForAssertion(() => Assert.EndsWith("/datasets/mine", Navigation.Uri, StringComparison.Ordinal), s_timeout);
        var command = (await harness.Sent.SelectAsync<PrepareDataset>(Stop).First()).Context.Message;
        Assert.Equal(("mine", "/images/photos", true, null), (command.Dataset.Name, command.Dataset.Source, command.IsFromPage, command.Experiment));
        var state = (await Store.FindDatasetAsync("mine", Stop))!;
        Assert.Equal(("waiting for its turn", true), (state.Stage, state.IsActive));
        Assert.False(await Store.IsDatasetPausedAsync("mine", Stop));
    }

    [Fact]
    public async Task Pack_Refused_ShowsTheReasonAndSendsNothing()
    {
        await StartBusAsync();
        DataPrep.Inspection = s_photos;
        DataPrep.Check = new PackCheck("/data/datasets/photos is already a dataset. Choose another name, or delete it to pack it again.");
        var page = Look("/images/photos");
        page.WaitForElement("#pack-name", s_timeout);

        await Button(page, "Pack").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("is already a dataset.", page.Find(".command-error").TextContent, StringComparison.Ordinal), s_timeout);
        Assert.Null(await Store.FindDatasetAsync("photos", Stop));
    }

    [Theory]
    [InlineData("/images/photos/", "photos")]
    [InlineData("/images/My Photos!", "my-photos-")]
    [InlineData("/images/ILSVRC2012_img_train.tar", "ilsvrc2012_img_train")]
    [InlineData("/images/...", "images")]
    [InlineData("/", "images")]
    public void NameFor_Path_IsAValidName(string path, string expected)
    {
        Assert.Equal(expected, Dashboard.Sources.PackForm.NameFor(path));
        Assert.True(Cgh.Core.Files.DataFolder.IsName(expected));
    }

    private IRenderedComponent<SourcesPage> Look(string source)
    {
        Navigation.NavigateTo($"sources?source={Uri.EscapeDataString(source)}");
        return Render<SourcesPage>();
    }

    private static IElement Button(IRenderedComponent<SourcesPage> page, string text) =>
        page.FindAll("button").Single(button => button.TextContent.Trim() == text);

    private static IElement Link(IRenderedComponent<SourcesPage> page, string text) => page.FindAll("a").Single(link => link.TextContent.Trim() == text);

    private static IEnumerable<string> Cells(IRenderedComponent<SourcesPage> page, string dataset) =>
        page.FindAll($"tr[data-dataset={dataset}] td").Select(cell => cell.TextContent.Trim());
}
