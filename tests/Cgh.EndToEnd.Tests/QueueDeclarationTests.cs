using System.Text.Json;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>What the services declare on the broker.</summary>
[Collection(Laboratories.Used)]
public sealed class QueueDeclarationTests(SharedServices shared) : IAsyncLifetime
{
    // Those that RabbitMQ 4.3 accepts for a classic queue, among those that the services use.
    private static readonly string[] s_acceptedArguments = ["x-expires", "x-max-priority", "x-queue-type"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 2);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Declare_AfterCommandsAndRejectedMessages_NothingThatRabbitMq4Refuses()
    {
        await using var dashboard = await shared.Services.StartDashboardAsync(Stop);
        var run = await shared.SubmitAndTrainAsync("declared", epochs: 1000);
        Assert.Equal(0, (await shared.Services.ClientAsync(Stop, "cancel", $"{run}")).ExitCode);
        await shared.WaitAsync(run, state => state.Status == RunStatus.Cancelled);

        // A queue's _error and _skipped queues are declared with the first message that goes there.
        // The queues of a process that has ended, in an earlier test, stay for a minute and have no consumer.
        var receiving = (await ListAsync("queues")).Where(queue => queue.Consumers > 0).Select(queue => queue.Name).ToArray();
        await using (var broker = await BrokerClient.ConnectAsync(shared.Services.Broker.Address, Stop))
        {
            foreach (var queue in receiving)
            {
                await broker.SendRawAsync(queue, "this is no envelope", Stop);
                await broker.SendAsync(queue, "Somebody.Elses:Command", "{}", Stop);
            }
        }

        string[] expected = [.. receiving, .. receiving.Select(name => $"{name}_error"), .. receiving.Select(name => $"{name}_skipped")];
        var queues = await ListAsync("queues");
        for (var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(1); Missing().Any(); queues = await ListAsync("queues"))
        {
            Assert.True(DateTime.UtcNow < deadline, $"Not declared: {string.Join(", ", Missing())}");
        }

        await shared.Services.Store.ClearRejectedMessagesAsync(Stop);
        Assert.Superset(
            new HashSet<string> { "cancel-inspection", "dashboard", "experiments", "pack-shards", "prepare-dataset", "sources", "start-run", "stop-request" },
            receiving.Select(WithoutInstance).ToHashSet());
        Assert.Equal(2, receiving.Count(name => WithoutInstance(name) == "stop-request"));
        Assert.All(queues, queue =>
        {
            Assert.True(queue.IsDurable || queue.IsExclusive, $"{queue} is transient and not exclusive.");
            Assert.Equal("classic", queue.Type);
            Assert.Contains("x-queue-type", queue.Arguments);
            Assert.Empty(queue.Arguments.Except(s_acceptedArguments));
        });
        // Those of one process do not outlive it.
        Assert.All(
            queues.Where(queue => WithoutInstance(queue.Name) is "cancel-inspection" or "dashboard" or "sources" or "stop-request"),
            queue => Assert.Contains("x-expires", queue.Arguments));
        Assert.Subset(
            new HashSet<string> { "direct", "fanout", "headers", "topic" },
            (await ListAsync("exchanges")).Select(exchange => exchange.Type).ToHashSet());

        IEnumerable<string> Missing() => expected.Except(queues.Select(queue => queue.Name));
    }

    // Such as stop-request-6f9619ff8b86d011b42d00c04fc964ff_error.
    private static string WithoutInstance(string queue) => queue.LastIndexOf('-') is var dash && queue.Length - dash > 32 ? queue[..dash] : queue;

    private async Task<IReadOnlyList<Declared>> ListAsync(string what)
    {
        string[] columns = what == "queues" ? ["name", "type", "durable", "exclusive", "consumers", "arguments"] : ["name", "type", "durable", "arguments"];
        var list = await shared.Services.Broker.ControlAsync(Stop, [$"list_{what}", .. columns, "--formatter", "json"]);
        return [.. JsonDocument.Parse(list).RootElement.EnumerateArray().Select(item => new Declared(
            item.GetProperty("name").GetString()!,
            item.GetProperty("type").GetString()!,
            item.GetProperty("durable").GetBoolean(),
            what == "queues" && item.GetProperty("exclusive").GetBoolean(),
            what == "queues" ? item.GetProperty("consumers").GetInt32() : 0,
            [.. item.GetProperty("arguments").EnumerateArray().Select(argument => argument[0].GetString()!)]))];
    }

    private sealed record Declared(string Name, string Type, bool IsDurable, bool IsExclusive, int Consumers, IReadOnlyList<string> Arguments);
}
