using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.DataPrep.Service;
using Cgh.RunStore;
using Cgh.Tests;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
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
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(new DataFolder(_folder.Path))
            .AddSingleton<DatasetPreparation>()
            .AddSingleton<PreparationSlot>()
            .AddSingleton<IHostApplicationLifetime, ApplicationLifetime>()
            .AddSingleton<IRunStore>(_store)
            .AddRetryingRunStore()
            .AddMassTransitTestHarness(bus =>
            {
                bus.DisableUsageTelemetry();
                DataPrepService.AddConsumers(bus);
            })
            .BuildServiceProvider(validateScopes: true);
        _harness = _services.GetRequiredService<ITestHarness>();
    }

    [Fact]
    public async Task Consume_DatasetMissing_CreatesItAndPublishesDatasetReady()
    {
        var ready = await SendAsync(new PrepareDataset(s_demo, [new LabelSetRequest { Fraction = 0.5, Seed = 0 }], "demo-1"));

        Assert.Equal(new DatasetReady("demo", Error: null, "demo-1"), ready);
        Assert.True(File.Exists(_folder["datasets", "demo", "labels", "noise-0.5-seed-0.npy"]));
        Assert.Equal(new DatasetState("demo", "preparing", 0, 0, Ready: false, Error: null), _store.SavedDatasets[0]);
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

    private async Task<DatasetReady> SendAsync(PrepareDataset message)
    {
        var endpoint = await _harness.Bus.GetSendEndpoint(new Uri($"queue:{Queues.PrepareDataset}"));
        await endpoint.Send(message, TestContext.Current.CancellationToken);
        Assert.True(await _harness.Published.Any<DatasetReady>(TestContext.Current.CancellationToken));
        return _harness.Published.Select<DatasetReady>(TestContext.Current.CancellationToken).Single().Context.Message;
    }
}
