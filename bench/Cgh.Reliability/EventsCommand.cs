using System.CommandLine;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.RunStore;
using Cgh.Tests;
using StackExchange.Redis;

namespace Cgh.Reliability;

/// <summary><c>events</c>: measures progress events of many simultaneous runs.</summary>
internal static class EventsCommand
{
    private const string Help = """
        Simulates many runs that report progress twice per second like a trainer (first the run's state to the store, then an event
        on the bus), and a subscriber that receives the events like a dashboard. Publisher and subscriber are separate processes,
        to measure the processor time of each.
        """;

    private const double MaxSlowdown = 1.03;

    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var runs = RunsOption();
        var seconds = SecondsOption();
        var json = MeasurementReport.JsonOption();
        var command = new Command("events", Help) { runs, seconds, json };
        command.SetAction((parse, cancellationToken) => RunAsync(parse.GetValue(runs), parse.GetValue(seconds), parse.GetValue(json), cancellationToken));
        return command;
    }

    public static Command CreatePublisher()
    {
        var runs = RunsOption();
        var seconds = SecondsOption();
        var command = new Command("events-publish", "The publisher of 'events'.") { runs, seconds };
        command.Hidden = true;
        command.SetAction(async (parse, cancellationToken) =>
        {
            Console.WriteLine(
                JsonSerializer.Serialize(await EventFlood.RunAsync(parse.GetValue(runs), parse.GetValue(seconds), cancellationToken), CghJson.Line));
            return 0;
        });
        return command;
    }

    public static Command CreateSubscriber()
    {
        var runs = RunsOption();
        var seconds = SecondsOption();
        var command = new Command("events-subscribe", "The subscriber of 'events'.") { runs, seconds };
        command.Hidden = true;
        command.SetAction(async (parse, cancellationToken) =>
        {
            Console.WriteLine(
                JsonSerializer.Serialize(await EventSubscriber.RunAsync(parse.GetValue(runs), parse.GetValue(seconds), cancellationToken), CghJson.Line));
            return 0;
        });
        return command;
    }

    private static Option<int> RunsOption() => new Option<int>("--runs") { Description = "Number of runs.", DefaultValueFactory = _ => 500 }.MustBeBetween(1);

    private static Option<int> SecondsOption() =>
        new Option<int>("--seconds") { Description = "Duration of the measurement.", DefaultValueFactory = _ => 60 }.MustBeBetween(1);

    private static async Task<int> RunAsync(int runs, int seconds, string? json, CancellationToken cancellationToken)
    {
        await using var redis = await RedisServerProcess.StartAsync(MeasuredServices.RedisProgram(), cancellationToken, appendOnly: true);
        await using var broker = await RabbitMqServerProcess.StartAsync(MeasuredServices.RabbitMqProgram(), cancellationToken);
        var environment = new Dictionary<string, string?> { ["ConnectionStrings__redis"] = redis.Address, ["ConnectionStrings__messaging"] = broker.Address };
        string[] arguments = ["--runs", $"{runs}", "--seconds", $"{seconds}"];
        var program = Assembly.GetExecutingAssembly().Location;
        await using var subscriber = ChildProcess.Start("dotnet", [program, "events-subscribe", .. arguments], environment);
        await subscriber.WaitUntilAsync(
            () => Task.FromResult(subscriber.Output.Contains(EventSubscriber.Ready, StringComparison.Ordinal)), s_timeout, cancellationToken);
        MeasuredServices.Log($"{runs} runs reporting for {seconds} seconds");
        var before = (Store: ProcessCost.Of(redis.ProcessId), Broker: ProcessCost.Of(broker.ProcessId));
        await using var publisher = ChildProcess.Start("dotnet", [program, "events-publish", .. arguments], environment);
        var storeMemory = new MemorySeries(redis.ProcessId);
        var brokerMemory = new MemorySeries(broker.ProcessId);
        while (!publisher.HasExited)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            storeMemory.Sample();
            brokerMemory.Sample();
        }

        var published = Read<PublisherResult>(publisher, await publisher.WaitForExitAsync(s_timeout, cancellationToken));
        var received = Read<SubscriberResult>(subscriber, await subscriber.WaitForExitAsync(s_timeout, cancellationToken));
        var after = (Store: ProcessCost.Of(redis.ProcessId), Broker: ProcessCost.Of(broker.ProcessId));
        var current = await CurrentAsync(redis.Address, runs, published.ReportsEach, cancellationToken);

        var report = new MeasurementReport("events");
        report.Add(
            "published",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{published.Events} in {published.Seconds:F1} s: {published.Events / published.Seconds:F0} per second, from {runs} runs"));
        report.Add("received", $"{received.Events}; {published.Events - received.Events} lost, {received.Duplicates} duplicates");
        report.Add("latency from publishing to receipt", received.Latency);
        report.Add("runs whose state in the store is the last one published", $"{current} of {runs}");
        report.Add("processor time per event: publisher (store and bus)", PerEvent(published.ProcessorSeconds));
        report.Add("processor time per event: broker", PerEvent(after.Broker.ProcessorSeconds - before.Broker.ProcessorSeconds));
        report.Add("processor time per event: Redis", PerEvent(after.Store.ProcessorSeconds - before.Store.ProcessorSeconds));
        report.Add("processor time per event: subscriber", PerEvent(received.ProcessorSeconds));
        var memory = new[] { published.Memory, brokerMemory.Trend(), storeMemory.Trend(), received.Memory };
        report.Add("memory, means of the second and the last quarter: publisher", $"{memory[0]}");
        report.Add("memory: broker", $"{memory[1]}");
        report.Add("memory: Redis", $"{memory[2]}");
        report.Add("memory: subscriber", $"{memory[3]}");
        report.AddTarget(
            "no event lost or duplicated, the last state of every run in the store",
            published.Events == received.Events && received.Duplicates == 0 && current == runs);

        // The time includes each run's initial delay and the last interval.
        report.AddTarget($"{runs * 2} events per second", published.Seconds <= (seconds * MaxSlowdown) + 1);
        report.AddTarget("memory does not grow", memory.All(trend => trend.IsFlat()));
        return report.Write(json);

        string PerEvent(double total) => string.Create(CultureInfo.InvariantCulture, $"{total * 1e6 / published.Events:F0} microseconds");
    }

    private static T Read<T>(ChildProcess process, int exitCode) =>
        exitCode == 0 && process.Output.Split('\n').LastOrDefault(line => line.StartsWith('{')) is { } line
            ? JsonSerializer.Deserialize<T>(line, CghJson.Line)!
            : throw new InvalidOperationException($"A process of the measurement exited with {exitCode}: {process.Output}");

    private static async Task<int> CurrentAsync(string address, int runs, int reports, CancellationToken cancellationToken)
    {
        await using var connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse(address));
        var store = new RedisRunStore(connection);
        var current = 0;
        for (var run = 0; run < runs; run++)
        {
            current += (await store.FindRunAsync(new RunId(EventFlood.Experiment, EventFlood.Name(run)), cancellationToken))?.Step == reports ? 1 : 0;
        }

        return current;
    }
}

/// <summary>Result of the publisher process.</summary>
internal sealed record PublisherResult(long Events, int ReportsEach, double Seconds, double ProcessorSeconds, MemoryTrend Memory);

/// <summary>Result of the subscriber process.</summary>
internal sealed record SubscriberResult(long Events, long Duplicates, string Latency, double ProcessorSeconds, MemoryTrend Memory);
