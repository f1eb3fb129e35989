using System.Security.Cryptography;
using System.Text.Json;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Several DataPrep services pack one dataset, and are killed meanwhile.</summary>
[Collection(Laboratories.Killed)]
public sealed class SharedPackingTests(SharedServices shared) : IAsyncLifetime
{
    private const int ImagesPerShard = 40;

    // Few images, because drawing them takes longer than packing them, each many times.
    private const int DrawnImages = 48;
    private const int Copies = 14;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SeparateServices Services => shared.Services;

    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Pack_WorkerAndLeaderKilledAndBrokerRestarted_GivesTheBytesOfOneProcess()
    {
        var request = new DatasetRequest
        {
            Name = "shared",
            Source = await MakeSourceAsync(),
            Side = 96,
            ShortSide = 96,
            ShardSize = 96 * 96 * 3 * ImagesPerShard,
        };
        var reference = request with { Name = "reference" };
        await Services.DataPrepAsync(Stop, [.. PackCommandLine.Arguments(reference)]);
        var workers = new List<ServiceProcess> { shared.DataPrep, await Services.StartDataPrepAsync(Stop), await Services.StartDataPrepAsync(Stop) };
        try
        {
            await using (var broker = await BrokerClient.ConnectAsync(Services.Broker.Address, Stop))
            {
                // As MassTransit does, with numbers for enums.
                var command = JsonSerializer.Serialize(new PrepareDataset(request, [], Experiment: null), JsonSerializerOptions.Web);
                await broker.SendAsync(Queues.PrepareDataset, "Cgh.Core.Messages:PrepareDataset", command, Stop);
            }

            var leader = await FirstAsync(workers, "Preparing dataset shared.");
            var helper = await FirstAsync(workers, "of dataset shared for another service.");
            Assert.NotEqual(leader, helper);
            await helper.KillAsync();
            await Wait.UntilAsync(() => PackedShards() >= 3, "No shard was packed after a worker was killed.");
            await leader.KillAsync();
            Assert.False(Directory.Exists(Services.Data.Dataset("shared")), "The dataset was complete before its leader was killed.");
            workers.Add(await Services.StartDataPrepAsync(Stop));
            await Services.Broker.StopAsync();
            await Services.Broker.StartAgainAsync(Stop);

            await Wait.UntilAsync(
                async () => await Services.Store.FindDatasetAsync("shared", Stop) is { Ready: true },
                "The dataset did not become ready.");
        }
        finally
        {
            foreach (var worker in workers.Skip(1))
            {
                await worker.DisposeAsync();
            }
        }

        Assert.Equal(Digest("reference"), Digest("shared"));
    }

    private int PackedShards() => Directory.Exists(Services.Data.Dataset("shared.part"))
        ? Directory.GetFiles(Services.Data.Dataset("shared.part"), "images-*.json", SearchOption.AllDirectories).Length
        : 0;

    private async Task<ServiceProcess> FirstAsync(IReadOnlyList<ServiceProcess> workers, string output)
    {
        for (var deadline = DateTime.UtcNow.AddMinutes(1); ; await Task.Delay(20, Stop))
        {
            if (workers.FirstOrDefault(worker => worker.Output.Contains(output, StringComparison.Ordinal)) is { } first)
            {
                return first;
            }

            Assert.True(DateTime.UtcNow < deadline, $"No service has said '{output}'.{Environment.NewLine}{Services.Outputs()}");
        }
    }

    private async Task<string> MakeSourceAsync()
    {
        var source = Path.Combine(Services.Data.Root, "shared-source");
        await Services.DataPrepAsync(Stop, "demo", "--out", source, "--classes", "4", "--train", $"{DrawnImages}", "--test", "4", "--side", "400");
        foreach (var image in Directory.GetFiles(Path.Combine(source, "train"), "*.JPEG", SearchOption.AllDirectories))
        {
            for (var copy = 1; copy < Copies; copy++)
            {
                File.CreateSymbolicLink($"{image[..^5]}-{copy}.JPEG", image);
            }
        }

        return source;
    }

    // Of everything but the time, which differs.
    private string Digest(string name) => string.Join(
        Environment.NewLine,
        Directory.GetFiles(Services.Data.Dataset(name), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != DatasetManifest.FileName)
            .Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetRelativePath(Services.Data.Dataset(name), file)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}"));
}
