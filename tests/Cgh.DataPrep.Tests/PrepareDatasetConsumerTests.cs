using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.DataPrep.Service;
using Cgh.Tests;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class PrepareDatasetConsumerTests : IAsyncLifetime
{
    private static readonly DatasetRequest s_demo = new() { Name = "demo", Demo = TestSource.Images };

    private readonly TemporaryFolder _folder = new();
    private readonly MemoryRunStore _store = new();
    private readonly ServiceProvider _services;
    private readonly ITestHarness _harness;

    public PrepareDatasetConsumerTests()
    {
        _services = DataPrepServices.Create(new DataFolder(_folder.Path), new DataPrepOptions { Roots = _folder["allowed"] }, _store)
            .BuildServiceProvider(validateScopes: true);
        _harness = _services.GetRequiredService<ITestHarness>();
    }

    [Fact]
    public async Task Consume_DatasetMissing_CreatesItAndPublishesDatasetReady()
    {
        var ready = await SendAsync(new PrepareDataset(s_demo, [new LabelSetRequest { Fraction = 0.5, Seed = 0 }], "demo-1"));

        Assert.Equal(new DatasetReady("demo", Error: null, "demo-1"), ready);
        Assert.True(File.Exists(_folder["datasets", "demo", "labels", "noise-0.5-seed-0.npy"]));
        Assert.Equal(new DatasetState("demo", "preparing", 0, 0, Ready: false, Error: null), _store.SavedDatasets[0] with { Request = null });
        var last = _store.SavedDatasets[^1];
        Assert.Equal(("ready", true, null), (last.Stage, last.Ready, last.Error));
        Assert.Equal(last.Total, last.Done);
        Assert.False(await _harness.Published.Any<Fault>(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Consume_UserError_IsPublishedWithoutAFault()
    {
        var ready = await SendAsync(new PrepareDataset(s_demo with { Demo = null }, [], "demo-2"));

        var expected = $"There is no dataset 'demo' in {_folder["datasets"]}. "
            + "Create it with: Cgh.DataPrep pack SOURCE --out demo, or set the source of the recipe's dataset.";
        Assert.Equal(new DatasetReady("demo", expected, "demo-2"), ready);
        Assert.Equal((false, expected), (_store.SavedDatasets[^1].Ready, _store.SavedDatasets[^1].Error));
        Assert.False(await _harness.Published.Any<Fault>(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Consume_UnexpectedError_IsPublishedInOneLine()
    {
        // A sender in another language can omit properties that C# requires.
        var ready = await SendAsync(new PrepareDataset(s_demo, Labels: null!, "demo-3"));

        Assert.StartsWith("Dataset 'demo' could not be created. NullReferenceException: ", ready.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', ready.Error!);
        Assert.Equal((false, ready.Error), (_store.SavedDatasets[^1].Ready, _store.SavedDatasets[^1].Error));
    }

    [Fact]
    public async Task Consume_FromAPage_SourceOutsideTheAllowedFoldersIsRefused()
    {
        TestSource.Make(_folder, "outside");
        TestSource.Make(_folder, "allowed/images");
        var request = new DatasetRequest { Name = "page", Source = _folder["outside"], Side = 16, ShortSide = 16 };

        var refused = await SendAsync(new PrepareDataset(request, [], Experiment: null) { IsFromPage = true });

        Assert.StartsWith($"There is no {_folder["outside"]} below an allowed folder.", refused.Error, StringComparison.Ordinal);
        Assert.Equal(request, _store.SavedDatasets[^1].Request!.Dataset);
        Assert.False(Directory.Exists(_folder["datasets", "page"]));
    }

    [Fact]
    public async Task Consume_PausedWhileItRuns_StopsAndContinuesWhenRequestedAgain()
    {
        Directory.CreateDirectory(_folder["datasets"]);
        // As another process that completes the dataset holds it: this one waits.
        using var held = new FileStream(_folder["datasets", "paused.part.lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        var command = new PrepareDataset(s_demo with { Name = "paused" }, [], "demo-4");
        var endpoint = await _harness.Bus.GetSendEndpoint(new Uri($"queue:{Queues.PrepareDataset}"));
        await endpoint.Send(command, Stop);
        await UntilAsync(state => state is { Stage: "preparing", IsActive: true } or { Done: > 0 });

        await _store.PauseDatasetAsync("paused", Stop);
        await UntilAsync(state => state.Paused);
        Assert.Equal(("paused", false, null), (_store.SavedDatasets[^1].Stage, _store.SavedDatasets[^1].Ready, _store.SavedDatasets[^1].Error));
        Assert.False(Directory.Exists(_folder["datasets", "paused"]));

        // A request meanwhile, such as the reconciler's, begins nothing.
        var before = _store.SavedDatasets.Count;
        await endpoint.Send(command, Stop);
        await UntilAsync(_ => _store.SavedDatasets.Count > before);
        Assert.True(_store.SavedDatasets[^1].Paused);
        await held.DisposeAsync();
        await _store.ResumeDatasetAsync("paused", Stop);
        await endpoint.Send(command, Stop);

        await UntilAsync(state => state.Ready);
        Assert.True(File.Exists(_folder["datasets", "paused", "dataset.json"]));
    }

    [Fact]
    public async Task Consume_AnotherServiceMakesTheDataset_WaitsForIt()
    {
        Assert.True(await _store.TakeLockAsync("dataset:demo", "another", TimeSpan.FromMinutes(1), Stop));
        var sending = SendAsync(new PrepareDataset(s_demo, [], "demo-5"));
        await UntilAsync(_ => _store.Calls > 3);
        Assert.Empty(_store.SavedDatasets);

        await _store.ReleaseLockAsync("dataset:demo", "another", Stop);

        Assert.Null((await sending).Error);
    }

    [Fact]
    public void Rate_OverTheLastHalfMinute_GivesTheTimeLeft()
    {
        var clock = new FakeTimeProvider();
        var rate = new ProgressRate(clock);

        Assert.Equal((null, null), rate.Add(new StageProgress("packing", 1000, 10_000)));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((100, 80), rate.Add(new StageProgress("packing", 2000, 10_000)));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((100, 70), rate.Add(new StageProgress("packing", 3000, 10_000)));
        clock.Advance(TimeSpan.FromSeconds(25));
        // Since 2000, which is as old as it may be.
        Assert.Equal(((8000 - 3000) / 25.0, 10), rate.Add(new StageProgress("packing", 8000, 10_000)));
        Assert.Equal((null, null), rate.Add(new StageProgress("labels", 0, 1)));
    }

    [Fact]
    public void NewerThan_ReportsOutOfOrder_ReturnsTheHighestOnce()
    {
        var progress = new LatestProgress();
        progress.Report(new StageProgress("packing", 7, 9));
        progress.Report(new StageProgress("packing", 6, 9));

        var first = progress.NewerThan(last: null);

        Assert.Equal(new StageProgress("packing", 7, 9), first);
        Assert.Null(progress.NewerThan(first));
        progress.Report(new StageProgress("labels", 0, 1));
        Assert.Equal(new StageProgress("labels", 0, 1), progress.NewerThan(first));
    }

    public async ValueTask InitializeAsync() => await _harness.Start();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task UntilAsync(Func<DatasetState, bool> holds)
    {
        var none = new DatasetState("", "", 0, 0, Ready: false, Error: null);
        for (var deadline = DateTime.UtcNow.AddMinutes(1); !holds(_store.SavedDatasets.LastOrDefault() ?? none); await Task.Delay(20, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, $"The last state is {_store.SavedDatasets.LastOrDefault()}.");
        }
    }

    private async Task<DatasetReady> SendAsync(PrepareDataset message)
    {
        var endpoint = await _harness.Bus.GetSendEndpoint(new Uri($"queue:{Queues.PrepareDataset}"));
        await endpoint.Send(message, TestContext.Current.CancellationToken);
        Assert.True(await _harness.Published.Any<DatasetReady>(TestContext.Current.CancellationToken));
        return _harness.Published.Select<DatasetReady>(TestContext.Current.CancellationToken).Single().Context.Message;
    }
}
