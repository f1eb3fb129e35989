using System.Text.Json;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>Services on a broker that has queues already, from an earlier version or another program.</summary>
public sealed class QueueUpgradeTests(QueueUpgradeTests.Servers servers) : IClassFixture<QueueUpgradeTests.Servers>, IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await servers.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Start_QueuesOfAnEarlierVersion_AreUsed()
    {
        var services = servers.Services;
        await using var broker = await BrokerClient.ConnectAsync(services.Broker.Address, Stop);
        // RabbitMQ 4.3 rejects this argument of a classic queue, so it cannot have such a queue from an earlier version.
        KeyValuePair<string, object?>[] timeout = broker.ServerVersion < new Version(4, 3) ? [new("x-consumer-timeout", 2_592_000_000L)] : [];
        var startRun = new Dictionary<string, object?>([.. timeout, new("x-max-priority", 9)]);
        await broker.RedeclareAsync(Queues.StartRun, startRun, Stop);
        await broker.RedeclareAsync($"{Queues.StartRun}_error", startRun, Stop);
        await broker.RedeclareAsync(Queues.PrepareDataset, new Dictionary<string, object?>(timeout), Stop);
        await broker.RedeclareAsync(Queues.Experiments, new Dictionary<string, object?>(), Stop);

        await using var trainer = await services.StartTrainerAsync(Stop);
        await using var dataPrep = await services.StartDataPrepAsync(Stop);
        var recipe = Path.Combine(services.Data.Root, "upgraded.json");
        await File.WriteAllTextAsync(recipe, SmallRecipe.Text("upgraded", epochs: 1), Stop);
        var submitted = await services.ClientAsync(Stop, "submit", recipe, "--wait", "--json");
        await broker.SendRawAsync(Queues.StartRun, "this is no envelope", Stop);
        await trainer.WaitForOutputAsync("Rejected a message from start-run", Stop);
        // The trainer logs it first and moves it then.
        await Wait.UntilAsync(async () => await broker.WaitingAsync($"{Queues.StartRun}_error", Stop) > 0, "The rejected message was not moved.");

        Assert.True(submitted.ExitCode == 0, submitted.Output + services.Outputs());
        var run = new RunId(JsonDocument.Parse(submitted.Output.Split('\n')[0]).RootElement.GetProperty("experiment").GetString()!, "rm3");
        Assert.Equal(RunStatus.Completed, services.Folder(run).Load().Status);
        Assert.Equal(1u, await broker.WaitingAsync($"{Queues.StartRun}_error", Stop));
    }

    [Fact]
    public async Task Start_QueueWithOtherProperties_SaysOnceWhatToDoAndStartsAfterwards()
    {
        var services = servers.Services;
        await using var broker = await BrokerClient.ConnectAsync(services.Broker.Address, Stop);
        await broker.RedeclareAsync(Queues.StartRun, new Dictionary<string, object?> { ["x-max-priority"] = 5 }, Stop);

        await using var trainer = ServiceProcess.Start(SeparateServices.TrainerProgram, services.Settings);
        await trainer.WaitForOutputAsync("Declare queue faulted", Stop, times: 2);
        await trainer.WaitForOutputAsync("rabbitmqctl", Stop);
        var advice = trainer.Output.Split('\n').Where(line => line.Contains("rabbitmqctl", StringComparison.Ordinal)).ToArray();
        await broker.DeleteAsync(Queues.StartRun, Stop);
        await trainer.WaitUntilHealthyAsync(Stop);

        Assert.EndsWith(
            "Queue start-run exists on the broker with other properties. PRECONDITION_FAILED - inequivalent arg 'x-max-priority' for queue 'start-run' "
            + "in vhost '/': received '9' but current is '5'. Delete it, for example with 'rabbitmqctl delete_queue start-run'; the services then "
            + "recreate it and resend its commands.",
            Assert.Single(advice).TrimEnd(),
            StringComparison.Ordinal);
    }

    /// <summary>A broker and a run store without services.</summary>
    public sealed class Servers : IAsyncDisposable
    {
        public SeparateServices Services { get; private set; } = null!;

        // Called by the tests, because a skip in the fixture's own initialisation counts as a failure.
        public async Task StartAsync() =>
            Services ??= await SeparateServices.StartAsync(Required.RedisServer(), Required.RabbitMqServer(), Stop);

        public async ValueTask DisposeAsync()
        {
            if (Services is not null)
            {
                await Services.DisposeAsync();
            }
        }
    }
}
