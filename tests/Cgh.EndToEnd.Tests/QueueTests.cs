using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Tests;
using Xunit;

namespace Cgh.EndToEnd.Tests;

/// <summary>The queue: client commands, duplicates, priorities and rejected messages.</summary>
[Collection(Laboratories.Used)]
public sealed class QueueTests(SharedServices shared) : IAsyncLifetime
{
    private const string StartRunType = "Cgh.Core.Messages:StartRun";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await shared.StartAsync(trainers: 2);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Submit_WithWait_PrintsEachChangeAndExitsWithZero()
    {
        var recipe = Path.Combine(shared.Services.Data.Root, "waited.json");
        await File.WriteAllTextAsync(recipe, SmallRecipe.Text("waited", epochs: 2, runs: ["first", "second"]), Stop);

        var (exitCode, output) = await shared.Services.ClientAsync(Stop, "submit", recipe, "--wait", "--json");
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var id = lines[^1].GetProperty("experiment").GetString()!;
        var list = await shared.Services.ClientAsync(Stop, "status");
        var one = await shared.Services.ClientAsync(Stop, "status", $"{id}/second", "--json");
        var again = await shared.Services.ClientAsync(Stop, "status", id, "--watch");

        Assert.True(exitCode == 0, output);
        Assert.True(lines.Length >= 4, "Expected at least 4 lines: waiting, training and completed.");
        Assert.Equal("completed", lines[^1].GetProperty("status").GetString());
        Assert.Equal(["completed", "completed"], lines[^1].GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("status").GetString()));
        Assert.True(File.Exists(shared.Services.Experiment(id).Report));
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        var shown = Assert.Single(JsonDocument.Parse(one.Output).RootElement.GetProperty("runs").EnumerateArray());
        Assert.Equal($"{id}/second", shown.GetProperty("run").GetString());
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("completed", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_BeforeAnyServiceHasStarted_WaitsForThem()
    {
        await using var services = await SeparateServices.StartAsync(Required.RedisServer(), Required.RabbitMqServer(), Stop);
        var recipe = Path.Combine(services.Data.Root, "early.json");
        await File.WriteAllTextAsync(recipe, SmallRecipe.Text("early", epochs: 1), Stop);

        var submitted = await services.ClientAsync(Stop, "submit", recipe, "--json");
        Assert.True(submitted.ExitCode == 0, submitted.Output);
        var run = new RunId(JsonDocument.Parse(submitted.Output).RootElement.GetProperty("experiment").GetString()!, "rm3");
        await services.StartTrainerAsync(Stop);
        await services.StartDataPrepAsync(Stop);

        await services.WaitAsync(run, state => state.Status == RunStatus.Completed, TimeSpan.FromMinutes(2), Stop);
    }

    [Fact]
    public async Task Start_DashboardWithAnEmptyHome_LogsNoWarning()
    {
        using var home = new TemporaryFolder();
        var dashboard = await shared.Services.StartDashboardAsync(Stop, new Dictionary<string, string?> { ["HOME"] = home.Path });
        using var http = new HttpClient();

        (await http.GetAsync(new Uri(dashboard.Address), Stop)).EnsureSuccessStatusCode();

        Assert.Single(Directory.GetFiles(home[".aspnet", "DataProtection-Keys"]));
        Assert.All(dashboard.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(" info ", line, StringComparison.Ordinal));
        await dashboard.TerminateAsync(Stop);
    }

    [Fact]
    public async Task Submit_Timeout_LeavesTheRunAndSaysHowToWatchIt()
    {
        var recipe = Path.Combine(shared.Services.Data.Root, "timed-out.json");
        await File.WriteAllTextAsync(recipe, SmallRecipe.Text("timed-out", epochs: 2), Stop);

        var (exitCode, output) = await shared.Services.ClientAsync(Stop, "submit", recipe, "--wait", "--timeout", "0.1s");
        var id = output.Split('\n')[0]["Experiment: ".Length..].Trim();
        var ended = await shared.WaitAsync(new RunId(id, "rm3"), run => !run.Status.IsActive());

        Assert.Equal(5, exitCode);
        Assert.Contains($"Watch it again with: Cgh.Trainer watch {id}", output, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Completed, ended.Status);
    }

    [Fact]
    public async Task Submit_Interrupted_LeavesTheRunAndSaysHowToWatchIt()
    {
        var recipe = Path.Combine(shared.Services.Data.Root, "interrupted.json");
        await File.WriteAllTextAsync(recipe, SmallRecipe.Text("interrupted", epochs: 1000), Stop);
        await using var client = shared.Services.StartClient("submit", recipe, "--wait");
        await client.WaitUntilAsync(() => Task.FromResult(client.Output.Contains("running", StringComparison.Ordinal)), TimeSpan.FromMinutes(1), Stop);

        client.Signal("TERM");
        var exitCode = await client.WaitForExitAsync(TimeSpan.FromMinutes(1), Stop);
        var id = client.Output.Split('\n')[0]["Experiment: ".Length..].Trim();

        Assert.Equal(130, exitCode);
        Assert.Contains($"Watch it again with: Cgh.Trainer watch {id}", client.Output, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Running, (await shared.Services.Store.FindRunAsync(new RunId(id, "rm3"), Stop))!.Status);
        Assert.Equal(0, (await shared.Services.ClientAsync(Stop, "cancel", id)).ExitCode);
        await shared.WaitAsync(new RunId(id, "rm3"), run => run.Status == RunStatus.Cancelled);
    }

    [Fact]
    public async Task Cancel_RunningRun_StopsItAndSaysSo()
    {
        var run = await shared.SubmitAndTrainAsync("cancelled", epochs: 1000);

        var cancelled = await shared.Services.ClientAsync(Stop, "cancel", $"{run}");
        var watched = await shared.Services.ClientAsync(Stop, "status", run.Experiment, "--watch");
        var again = await shared.Services.ClientAsync(Stop, "cancel", $"{run}");

        Assert.Equal((0, $"{run}: will be cancelled"), (cancelled.ExitCode, cancelled.Output.Trim()));
        Assert.Equal(3, watched.ExitCode);
        Assert.Equal(RunStatus.Cancelled, (await shared.Services.Store.FindRunAsync(run, Stop))!.Status);
        Assert.Equal(RunStatus.Cancelled, shared.Services.Folder(run).Load().Status);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("cannot be cancelled", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PauseAndRequeue_RunningRun_ContinuesFromItsCheckpoint()
    {
        var run = await shared.SubmitAndTrainAsync("paused");

        var paused = await shared.Services.ClientAsync(Stop, "pause", run.Experiment);
        var watched = await shared.Services.ClientAsync(Stop, "status", $"{run}", "--watch");
        var aside = await shared.Services.Store.FindRunAsync(run, Stop);
        var requeued = await shared.Services.ClientAsync(Stop, "requeue", $"{run}");
        var ended = await shared.AssertEndsUndisturbedAsync(run);

        Assert.Equal((0, $"{run}: will be paused"), (paused.ExitCode, paused.Output.Trim()));
        Assert.Equal((3, RunStatus.Paused), (watched.ExitCode, aside!.Status));
        Assert.Equal((0, $"{run}: will be queued"), (requeued.ExitCode, requeued.Output.Trim()));
        Assert.Equal(2, ended.Attempt);
        Assert.True(shared.Services.Folder(run).Load().Attempts[1].FromStep > 20);
    }

    [Fact]
    public async Task StartRun_SentToBothTrainers_IsTrainedOnce()
    {
        var run = await shared.SubmitAndTrainAsync("offered-twice");
        await using var broker = await BrokerClient.ConnectAsync(shared.Services.Broker.Address, Stop);

        for (var offers = 0; offers < 3; offers++)
        {
            await broker.SendAsync(Queues.StartRun, StartRunType, $$"""{ "run": "{{run}}", "priority": 4, "version": 1 }""", Stop);
        }

        await shared.AssertEndsUndisturbedAsync(run);
        // Another run is trained only if the duplicates do not block a trainer.
        var next = await shared.SubmitAndTrainAsync("after-the-offers", SmallRecipe.FewEpochs);
        await shared.AssertEndsUndisturbedAsync(next, SmallRecipe.FewEpochs);

        Assert.Single(shared.Services.Folder(run).Load().Attempts);
        Assert.Equal(1, (await shared.Services.Store.FindRunAsync(run, Stop))!.Attempt);
    }

    [Fact]
    public async Task StartRun_InvalidUnknownOlderOrNewer_IsRejectedAndListedAndTrainersContinue()
    {
        await shared.Services.Store.ClearRejectedMessagesAsync(Stop);
        await using var broker = await BrokerClient.ConnectAsync(shared.Services.Broker.Address, Stop);
        var before = await PutAsideAsync();

        await broker.SendRawAsync(Queues.StartRun, "\u0001\u0002 this is no envelope", Stop);
        await broker.SendRawAsync(Queues.StartRun, [0xC3, 0x28], Stop);
        await broker.SendRawAsync(Queues.StartRun, """{ "messageType": [null], "message": {} }""", Stop);
        await broker.SendAsync(Queues.StartRun, "Somebody.Elses:Command", """{ "anything": 1 }""", Stop);
        await broker.SendAsync(Queues.StartRun, StartRunType, """{ "run": "a/b", "priority": 4, "version": 99 }""", Stop);
        await broker.SendAsync(Queues.StartRun, StartRunType, """{ "run": "a/b", "priority": 4, "version": 0 }""", Stop);
        await broker.SendAsync(Queues.StartRun, StartRunType, """{ "run": "no slash", "priority": 4, "version": 1 }""", Stop);
        var store = shared.Services.Store;
        for (var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(1);
            await PutAsideAsync() < before + 7 || (await store.ListRejectedMessagesAsync(cancellationToken: Stop)).Count < 7;
            await Task.Delay(100, Stop))
        {
            var rejected = string.Join(Environment.NewLine, await store.ListRejectedMessagesAsync(cancellationToken: Stop));
            Assert.True(DateTime.UtcNow < deadline, $"{await PutAsideAsync() - before} messages were put aside; rejected: {rejected}");
        }

        var run = await shared.SubmitAndTrainAsync("after-garbage", SmallRecipe.FewEpochs);
        await shared.AssertEndsUndisturbedAsync(run, SmallRecipe.FewEpochs);
        var (exitCode, output) = await shared.Services.ClientAsync(Stop, "status");

        Assert.Equal(0, exitCode);
        Assert.Equal(7, output.Split('\n').Count(line => line.StartsWith("Rejected message: ", StringComparison.Ordinal)));
        Assert.Contains("StartRun has version 99, but this service expects version 1.", output, StringComparison.Ordinal);
        Assert.Contains("StartRun has version 0, but this service expects version 1.", output, StringComparison.Ordinal);

        async Task<uint> PutAsideAsync() =>
            await broker.WaitingAsync($"{Queues.StartRun}_error", Stop) + await broker.WaitingAsync($"{Queues.StartRun}_skipped", Stop);
    }

    [Fact]
    public async Task Submit_WithHigherPriority_IsTrainedFirst()
    {
        await shared.StartAsync(trainers: 1);
        var first = await shared.SubmitAndTrainAsync("first-of-all", epochs: 1000);
        var low = new RunId(await shared.SubmitAsync(SmallRecipe.Text("low", epochs: 1, priority: 1)), "rm3");
        var middle = new RunId(await shared.SubmitAsync(SmallRecipe.Text("middle", epochs: 1)), "rm3");
        var high = new RunId(await shared.SubmitAsync(SmallRecipe.Text("high", epochs: 1, priority: 9)), "rm3");
        Assert.Equal(0, (await shared.Services.ClientAsync(Stop, "cancel", $"{first}")).ExitCode);

        var ended = new List<RunState>();
        foreach (var run in new[] { high, middle, low })
        {
            ended.Add(await shared.WaitAsync(run, state => state.Status == RunStatus.Completed));
        }

        Assert.Equal(ended.OrderBy(run => run.Started), ended);
    }

    [Fact]
    public async Task StartRun_FailsThreeTimes_IsParkedWithItsErrorUntilRequeued()
    {
        await shared.StartAsync(trainers: 0);
        var program = Path.Combine(shared.Services.Data.Root, "crashes");
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho 'a native library complains' >&2\nkill -SEGV $$\n", Stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        RunId run;
        await using (await shared.Services.StartTrainerAsync(Stop, new Dictionary<string, string?> { ["Trainer__Program"] = program }))
        {
            run = new RunId(await shared.SubmitAsync(SmallRecipe.Text("parked", SmallRecipe.FewEpochs)), "rm3");
            var parked = await shared.WaitAsync(run, state => !state.Status.IsActive());
            Assert.Equal((RunStatus.Parked, 3), (parked.Status, parked.Attempt));
            Assert.Contains("a native library complains", parked.Error, StringComparison.Ordinal);
            var watched = await shared.Services.ClientAsync(Stop, "status", run.Experiment, "--watch");
            Assert.Equal(1, watched.ExitCode);
            Assert.Contains("a native library complains", watched.Output, StringComparison.Ordinal);
        }

        await shared.StartAsync(trainers: 1);
        var requeued = await shared.Services.ClientAsync(Stop, "requeue", run.Experiment);
        Assert.Equal(0, requeued.ExitCode);
        await shared.AssertEndsUndisturbedAsync(run, SmallRecipe.FewEpochs);
        await shared.WaitForExperimentAsync(run.Experiment, ExperimentStatus.Completed);
    }
}
