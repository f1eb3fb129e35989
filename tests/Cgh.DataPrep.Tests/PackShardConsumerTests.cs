using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Store;
using Cgh.DataPrep.Packing;
using Cgh.DataPrep.Service;
using Cgh.DataPrep.Sources;
using Cgh.RunStore;
using Cgh.Tests;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>A service that packs shards for another one, which the test plays.</summary>
public sealed class PackShardConsumerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryRunStore _store = new();
    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services;
    private readonly ITestHarness _harness;
    private readonly DatasetRequest _request;

    public PackShardConsumerTests()
    {
        // Three images in a shard.
        _request = new DatasetRequest { Name = "shared", Source = TestSource.Make(_folder), Side = 16, ShortSide = 16, ShardSize = 16 * 16 * 3 * 3 };
        _services = DataPrepServices
            .Create(new DataFolder(_folder.Path), new DataPrepOptions(), _store, _clock, inactivityTimeout: TimeSpan.FromSeconds(30))
            .AddSingleton(_ => RunStoreRetry.Create(_store, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System))
            .BuildServiceProvider(validateScopes: true);
        _harness = _services.GetRequiredService<ITestHarness>();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IReadOnlyDictionary<(string Dataset, string Reason), int> Refusals => _services.GetRequiredService<ShardRefusals>().Counts;

    private string Dataset => _folder["datasets", "shared"];

    [Fact]
    public async Task Consume_EveryShard_GivesTheBytesOfOneProcess()
    {
        var options = DatasetPreparation.PackOptionsOf(_request);
        DatasetPacker.Pack(_request.Source!, _folder["datasets", "alone"], options, cancellationToken: Stop);
        using var source = ImageSources.Open(_request.Source!, cancellationToken: Stop);
        using var leader = DatasetPack.Open(source, PackPlanner.Make(source, options), Dataset, options, progress: null, Stop);
        Assert.Equal(6, leader.Missing().Count);

        foreach (var shard in leader.Missing())
        {
            await SendAsync(new PackShard(_request, leader.Settings, shard.Split, shard.Index));
        }

        await UntilAsync(() => leader.Missing().Count == 0);
        leader.Complete(Stop);
        Assert.Equal(Shards("alone"), Shards("shared"));
    }

    [Fact]
    public async Task Consume_FolderIsNotThere_GivesTheMessageBack()
    {
        await _store.SaveDatasetAsync(new DatasetState("shared", "packing", 0, 18, Ready: false, Error: null), Stop);
        await SendAsync(new PackShard(_request, "settings", Split.Train, 0));

        await UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return Refusals.Values.Sum() >= 3;
        });
        var ((dataset, reason), _) = Assert.Single(Refusals);
        Assert.Equal(("shared", $"{Dataset}.part is not there. All DataPrep services need the same data folder."), (dataset, reason));
        Assert.False(Directory.Exists(_folder["datasets"]));
    }

    [Fact]
    public async Task Consume_SourceHasOtherContent_IsRefusedAndTheFolderIsLeftAlone()
    {
        var options = DatasetPreparation.PackOptionsOf(_request);
        using var source = ImageSources.Open(_request.Source!, cancellationToken: Stop);
        using (var leader = DatasetPack.Open(source, PackPlanner.Make(source, options), Dataset, options, progress: null, Stop))
        {
            Assert.True(leader.Pack(leader.Missing()[0], Stop));
        }

        var before = Directory.GetFiles(_folder["datasets"], "*", SearchOption.AllDirectories);
        await SendAsync(new PackShard(_request, "other settings", Split.Train, 1));

        await UntilAsync(() => Refusals.Count == 1);
        Assert.Contains("has other content here.", Assert.Single(Refusals).Key.Reason, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder["datasets"], "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Consume_PausedOrFailed_PacksNothing(bool isPaused)
    {
        var options = DatasetPreparation.PackOptionsOf(_request);
        using var source = ImageSources.Open(_request.Source!, cancellationToken: Stop);
        using var leader = DatasetPack.Open(source, PackPlanner.Make(source, options), Dataset, options, progress: null, Stop);
        await _store.SaveDatasetAsync(
            new DatasetState("shared", "paused", 0, 18, Ready: false, isPaused ? null : "The disk is full.") { Paused = isPaused }, Stop);

        await SendAsync(new PackShard(_request, leader.Settings, Split.Train, 0));

        Assert.True(await _harness.Consumed.Any<PackShard>(Stop));
        Assert.Equal(6, leader.Missing().Count);
    }

    public async ValueTask InitializeAsync() => await _harness.Start();

    public async ValueTask DisposeAsync()
    {
        // A service that waits before it gives a message back must not hold up the bus.
        _services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var deadline = DateTime.UtcNow.AddMinutes(1); !holds(); await Task.Delay(20, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not happen.");
        }
    }

    private SortedDictionary<string, string> Shards(string name) => new(
        TestSource.Content(_folder["datasets", name]).Where(file => file.Key != DatasetManifest.FileName).ToDictionary(
            file => file.Key, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.Value))));

    private async Task SendAsync(PackShard shard)
    {
        var endpoint = await _harness.Bus.GetSendEndpoint(new Uri($"queue:{Queues.PackShards}"));
        await endpoint.Send(shard, Stop);
    }
}
