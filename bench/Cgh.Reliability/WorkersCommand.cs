using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Tests;

namespace Cgh.Reliability;

/// <summary><c>workers</c>: packs a dataset over the queue with one DataPrep service and with two, each on a core of its own.</summary>
internal static class WorkersCommand
{
    private const string Help = """
        Packs the same generated images over the queue with one DataPrep service and with two, in turn. Each service is bound to one core.
        The second shares the shards that the first offers. Reports the seconds from the request to the complete dataset and their ratio.
        """;

    private const string Dataset = "shared";
    private const int Side = 224;
    private const int ImagesPerShard = 100;

    // Drawing an image takes longer than packing it.
    private const int Drawn = 100;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);

    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { Description = "Pairs of measurements.", DefaultValueFactory = _ => 5 }.MustBeBetween(1);
        var images = new Option<int>("--images") { Description = "Number of training images.", DefaultValueFactory = _ => 6000 }.MustBeBetween(Drawn);
        var json = MeasurementReport.JsonOption();
        var command = new Command("workers", Help) { pairs, images, json };
        command.SetAction((parse, cancellationToken) => RunAsync(parse.GetValue(pairs), parse.GetValue(images), parse.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int pairs, int images, string? json, CancellationToken cancellationToken)
    {
        await using var services = await SeparateServices.StartAsync(
            MeasuredServices.RedisProgram(), MeasuredServices.RabbitMqProgram(), cancellationToken);
        var request = new DatasetRequest
        {
            Name = Dataset,
            Source = await MakeSourceAsync(services, images, cancellationToken),
            Side = Side,
            ShortSide = Side,
            ShardSize = Side * Side * 3 * ImagesPerShard,
        };
        await services.StartDataPrepAsync(cancellationToken, processor: 0);
        List<double> one = [];
        List<double> two = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            // The order alternates, so that the state of caches favours neither.
            foreach (var workers in pair % 2 == 0 ? new[] { 1, 2 } : [2, 1])
            {
                var second = workers == 2 ? await services.StartDataPrepAsync(cancellationToken, processor: 1) : null;
                (workers == 1 ? one : two).Add(await PackAsync(services, request, cancellationToken));
                if (second is not null)
                {
                    await second.DisposeAsync();
                }
            }

            MeasuredServices.Log($"pair {pair + 1} of {pairs}: {one[^1]:F1} s with one service, {two[^1]:F1} s with two");
        }

        var report = new MeasurementReport("workers");
        report.Add("images", $"{images} of {Side} x {Side} pixels in shards of {ImagesPerShard}");
        report.AddSeconds("one service", one);
        report.AddSeconds("two services", two);
        var ratios = one.Zip(two, (slow, fast) => slow / fast).Order().ToList();
        report.Add("two against one", FormattableString.Invariant($"{ratios[ratios.Count / 2]:F2} times as fast ({ratios[0]:F2} to {ratios[^1]:F2})"));
        return report.Write(json);
    }

    private static async Task<double> PackAsync(SeparateServices services, DatasetRequest request, CancellationToken cancellationToken)
    {
        if (Directory.Exists(services.Data.Dataset(Dataset)))
        {
            Directory.Delete(services.Data.Dataset(Dataset), recursive: true);
        }

        var began = Stopwatch.GetTimestamp();
        await using (var broker = await BrokerClient.ConnectAsync(services.Broker.Address, cancellationToken))
        {
            // As MassTransit does, with numbers for enums.
            var command = JsonSerializer.Serialize(new PrepareDataset(request, [], Experiment: null), JsonSerializerOptions.Web);
            await broker.SendAsync(Queues.PrepareDataset, "Cgh.Core.Messages:PrepareDataset", command, cancellationToken);
        }

        while (!File.Exists(Path.Combine(services.Data.Dataset(Dataset), DatasetManifest.FileName)))
        {
            if (Stopwatch.GetElapsedTime(began) > s_timeout)
            {
                throw new TimeoutException($"The dataset was not packed within {s_timeout}.{Environment.NewLine}{services.Outputs()}");
            }

            await Task.Delay(20, cancellationToken);
        }

        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<string> MakeSourceAsync(SeparateServices services, int images, CancellationToken cancellationToken)
    {
        var source = Path.Combine(services.Data.Root, "source");
        await services.DataPrepAsync(cancellationToken, "demo", "--out", source, "--classes", "4", "--train", $"{Drawn}", "--test", "4", "--side", "400");
        foreach (var image in Directory.GetFiles(Path.Combine(source, "train"), "*.JPEG", SearchOption.AllDirectories))
        {
            for (var copy = 1; copy < images / Drawn; copy++)
            {
                File.CreateSymbolicLink($"{image[..^5]}-{copy}.JPEG", image);
            }
        }

        return source;
    }
}
