using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.DataPrep.Browsing;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Service;
using Cgh.Images;
using Cgh.ServiceDefaults.Bus;
using Cgh.Tests;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;
using Xunit;

namespace Cgh.DataPrep.Tests.Browsing;

/// <summary>Asks the service as the dashboard does, over the in-memory bus.</summary>
public sealed class SourcesConsumerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services;
    private readonly ITestHarness _harness;

    public SourcesConsumerTests()
    {
        Directory.CreateDirectory(_folder["root"]);
        _services = DataPrepServices
            .Create(
                new DataFolder(_folder["data"]),
                new DataPrepOptions { Roots = _folder["root"] },
                new MemoryRunStore(),
                inactivityTimeout: TimeSpan.FromSeconds(30))
            .BuildServiceProvider(validateScopes: true);
        _harness = _services.GetRequiredService<ITestHarness>();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Source => _folder["root", "images"];

    [Fact]
    public async Task Inspect_Folder_SaysWhatItIsAndShowsItsImagesAsTheyWillBePacked()
    {
        TestSource.Make(_folder, "root/images");

        var found = await InspectAsync(new DatasetRequest { Source = Source, Side = 12, ShortSide = 16 });

        Assert.Null(found.Error);
        Assert.Equal((Source, "folder in ImageNet's layout", "the names of the class folders"), (found.Path, found.Kind, found.LabelsFrom));
        Assert.Equal((12, 6, 3), (found.Train, found.Val, found.ClassCount));
        Assert.Equal(
            [new SourceClass("class000", null, 4, 2), new SourceClass("class001", null, 4, 2), new SourceClass("class002", null, 4, 2)],
            found.Classes);
        Assert.Equal(12, found.Samples.Count);
        Assert.Equal(found.Samples.OrderBy(sample => sample.Class, StringComparer.Ordinal), found.Samples);
        Assert.Equal(Packed(found.Samples[0].File), Decode(found.Samples[0]));
        Assert.All(found.Samples, sample => Assert.Equal((16, 16), (sample.Width, sample.Height)));
        Assert.True(await _harness.Published.Any<InspectionProgressed>(Stop));
    }

    [Fact]
    public async Task Inspect_LargeCrops_AreAFewKilobytesEach()
    {
        TestSource.Make(_folder, "root/images");

        var found = await InspectAsync(new DatasetRequest { Source = Source });

        Assert.All(found.Samples, sample =>
        {
            Assert.Equal("image/jpeg", sample.MediaType);
            Assert.InRange(sample.Content.Length, 100, 20_000);
            using var image = SKBitmap.Decode(sample.Content);
            Assert.Equal((128, 128), (image.Width, image.Height));
        });
    }

    [Fact]
    public async Task Inspect_UnreadableImage_IsShownWithItsReason()
    {
        TestSource.Make(_folder, "root/images");
        var first = Directory.GetFiles(_folder["root", "images", "train", "class000"]).Order(StringComparer.Ordinal).First();
        File.WriteAllText(first, "no image");

        var found = await InspectAsync(new DatasetRequest { Source = Source, Side = 16, ShortSide = 16 });

        Assert.Equal(("not an image", null, 0), (found.Samples[0].Failure, found.Samples[0].MediaType, found.Samples[0].Content.Length));
        Assert.All(found.Samples.Skip(1), sample => Assert.Null(sample.Failure));
    }

    [Fact]
    public async Task Inspect_ClassesDoNotFit_SaysWhyAndShowsWhatThereIs()
    {
        TestSource.Make(_folder, "root/images");

        var found = await InspectAsync(new DatasetRequest { Source = Source, Side = 16, ShortSide = 16, Classes = 4 });

        Assert.Contains("has 3 classes", found.Problem, StringComparison.Ordinal);
        Assert.Equal((12, 6, 3, 12), (found.Train, found.Val, found.ClassCount, found.Samples.Count));
    }

    [Theory]
    [InlineData("/etc", 16, "There is no /etc below an allowed folder.")]
    [InlineData("", 16, "The path is empty.")]
    [InlineData("root", 16, "holds no images")]
    [InlineData("root", 0, "side must be between 1 and 4096 pixels (it is 0).")]
    public async Task Inspect_CannotBePacked_AnswersWithOneLine(string path, int side, string reason)
    {
        var found = await InspectAsync(new DatasetRequest { Source = path == "root" ? _folder["root"] : path, Side = side, ShortSide = 16 });

        Assert.Contains(reason, found.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', found.Error!);
    }

    [Theory]
    [InlineData("good", null)]
    [InlineData("no/name", "'no/name' is not a valid name for a dataset: use letters, digits, '.', '-' and '_'.")]
    [InlineData("..", "'..' is not a valid name for a dataset: use letters, digits, '.', '-' and '_'.")]
    [InlineData("taken", "is already a dataset.")]
    public async Task Check_Name_IsJudgedAsOnTheCommandLine(string name, string? reason)
    {
        TestSource.Make(_folder, "root/images");
        DatasetPacker.Pack(Source, _folder["data", "datasets", "taken"], new PackOptions { Side = 16, ShortSide = 16 }, cancellationToken: Stop);

        var check = await AskAsync<CheckPack, PackCheck>(new CheckPack(new DatasetRequest { Name = name, Source = Source }));

        if (reason is null)
        {
            Assert.Null(check.Error);
        }
        else
        {
            Assert.Contains(reason, check.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task List_CompleteAndUnfinishedDatasets_AreBothListedAndDescribed()
    {
        TestSource.Make(_folder, "root/images");
        File.WriteAllText(Directory.GetFiles(_folder["root", "images", "train", "class000"])[0], "no image");
        DatasetPacker.Pack(
            Source, _folder["data", "datasets", "b"], new PackOptions { Side = 16, ShortSide = 16, AllowSkipped = true }, cancellationToken: Stop);
        Directory.CreateDirectory(_folder["data", "datasets", "a.part"]);
        Directory.CreateDirectory(_folder["data", "datasets", "other"]);

        var list = await AskAsync<ListDatasets, DatasetList>(new ListDatasets());
        var described = await AskAsync<DescribeDataset, DatasetDescription>(new DescribeDataset("b"));
        var missing = await AskAsync<DescribeDataset, DatasetDescription>(new DescribeDataset("../../etc"));

        Assert.Equal(_folder["data", "datasets"], list.Folder);
        Assert.Equal([("a", false, 0), ("b", true, 11)], list.Datasets.Select(dataset => (dataset.Name, dataset.IsComplete, dataset.Train)));
        Assert.Equal((6, 1, 3, 16), (list.Datasets[1].Val, list.Datasets[1].Skipped, list.Datasets[1].Classes, list.Datasets[1].Side));
        Assert.Equal(list.Datasets[1], described.Dataset);
        Assert.Equal("not an image", Assert.Single(described.Skipped).Reason);
        Assert.Equal((Source, "folder in ImageNet's layout"), (described.Source, described.SourceKind));
        Assert.Equal([LabelSet.Original], described.LabelSets);
        Assert.True(described.Bytes > 17 * 16 * 16 * 3);
        Assert.Null(missing.Dataset);
    }

    [Fact]
    public async Task Cancel_RunningInspection_EndsItWithoutAnAnswer()
    {
        var running = _services.GetRequiredService<RunningInspections>();
        var id = Guid.NewGuid();
        var started = new TaskCompletionSource();
        var work = running.RunAsync(
            id,
            cancellationToken =>
            {
                started.SetResult();
                cancellationToken.WaitHandle.WaitOne();
                cancellationToken.ThrowIfCancellationRequested();
                return 0;
            },
            Stop);
        await started.Task;

        await _harness.Bus.Publish(new CancelInspection(id), Stop);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Fact]
    public async Task Ask_NobodyAnswers_SaysWhatToDo()
    {
        await _harness.Stop(Stop);

        var error = await Assert.ThrowsAsync<UserErrorException>(
            () => AskAsync<ListFolders, FolderListing>(new ListFolders(Path: null), TimeSpan.FromMilliseconds(100)));

        Assert.Equal("No DataPrep service answers. Start one (Cgh.DataPrep serve), or check its log, then try again.", error.Message);
    }

    public async ValueTask InitializeAsync() => await _harness.Start();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    private Task<SourceInspection> InspectAsync(DatasetRequest request) =>
        AskAsync<InspectSource, SourceInspection>(new InspectSource(Guid.NewGuid(), request));

    private Task<TAnswer> AskAsync<TRequest, TAnswer>(TRequest request, TimeSpan? timeout = null)
        where TRequest : class, ICommand
        where TAnswer : class =>
        _harness.Bus.AskDataPrepAsync<TRequest, TAnswer>(request, timeout ?? TimeSpan.FromSeconds(30), Stop);

    private byte[] Packed(string file)
    {
        var pixels = new byte[12 * 12 * 3];
        using var reader = new ImageReader(16, 12, orient: false);
        Assert.Null(reader.Read(() => File.OpenRead(Path.Combine(Source, file)), pixels).Failure);
        return pixels;
    }

    private static byte[] Decode(SampleImage sample)
    {
        Assert.Equal("image/png", sample.MediaType);
        using var image = SKBitmap.Decode(sample.Content);
        return [.. image.Pixels.SelectMany(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue })];
    }
}
