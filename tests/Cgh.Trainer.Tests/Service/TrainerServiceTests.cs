using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Core.UpdateRules;
using Cgh.RunStore;
using Cgh.ServiceDefaults.Bus;
using Cgh.Trainer.Tests.Support;

namespace Cgh.Trainer.Tests.Service;

/// <summary>The trainer service, driven over the bus.</summary>
[Collection(TorchInOtherProcesses.Name)]
public sealed class TrainerServiceTests : IAsyncLifetime
{
    private static readonly RunId s_run = new(ServiceHost.Experiment, "rm3");

    private readonly TemporaryFolder _folder = new();
    private RedisServerProcess? _redis;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private DataFolder Data => new(_folder["data"]);

    private ExperimentFolder Experiment => new(Path.Combine(Data.Experiments, s_run.Experiment));

    private RunFolder Folder => new(Path.Combine(Data.Experiments, s_run.Experiment, s_run.Name));

    private RunSpec Short => new()
    {
        Name = s_run.Name,
        Dataset = Path.Combine(Data.Datasets, "tiny"),
        Labels = TinyDataset.Noisy,
        Rule = RuleChoice.Parse("rm3"),
        Model = "resnet-small",
        Epochs = 2,
        BatchSize = 6,
        Threads = 1,
        Device = DeviceChoice.Cpu,
    };

    private RunSpec Endless => Short with { Epochs = 100_000 };

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServerProcess.StartAsync(Required.RedisServer(), Stop);
        TinyDataset.Create(Directory.CreateDirectory(Path.Combine(Data.Datasets, "tiny")).FullName);
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task Presence_IdleThenTraining_IsReportedWithItsRunAndMemory()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        var idle = await WaitAsync(trainer => trainer.Runs.Count == 0);

        await host.AddAsync(Endless);
        await host.StartRunAsync(s_run);
        var training = await WaitAsync(trainer => trainer.Runs.Contains(s_run) && trainer.UsedMemory > idle.UsedMemory);

        Assert.Equal((Environment.ProcessId, 2, idle.Id), (training.ProcessId, training.Slots, training.Id));
        Assert.InRange(training.AvailableMemory, training.UsedMemory, long.MaxValue);

        async Task<TrainerState> WaitAsync(Func<TrainerState, bool> holds)
        {
            while (true)
            {
                if ((await host.Store.ListTrainersAsync(Stop)).SingleOrDefault(holds) is { } trainer)
                {
                    return trainer;
                }

                await Task.Delay(50, Stop);
            }
        }
    }

    [Fact]
    public async Task StartRun_QueuedRun_IsTrainedAndTheStoreHasItsCurves()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);

        await host.StartRunAsync(s_run);
        var experiment = await host.WaitForEndAsync();

        var run = (await host.Store.FindRunAsync(s_run, Stop))!;
        Assert.Equal((RunStatus.Completed, 1, 20, 20, 2.0), (run.Status, run.Attempt, run.Step, run.TotalSteps, run.Epoch));
        Assert.Equal(RunStatus.Completed, Folder.Load().Status);
        foreach (var curve in Curves.All)
        {
            Assert.Equal(Folder.ReadCurve(curve), (await host.Store.ReadRowsAsync(s_run, curve, cancellationToken: Stop)).Rows);
        }

        Assert.Equal(Folder.ReadCurve(Curves.Test)[^1][3], run.Latest[Curves.Test].Acc1);
        Assert.Equal((ExperimentStatus.Completed, null), (experiment.Status, experiment.Error));
        Assert.True(File.Exists(Experiment.Report));
    }

    [Fact]
    public async Task StartRun_SubsetWithItsOwnTest_TheStoreHasTheOriginalTest()
    {
        using (var parent = Dataset.Open(Path.Combine(Data.Datasets, "tiny")))
        {
            Subset.Create(
                Path.Combine(Data.Datasets, "part"),
                parent,
                new() { Name = "part", Train = [.. Enumerable.Range(0, 40)], Test = [.. Enumerable.Range(40, 10)] });
        }

        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short with { Dataset = Path.Combine(Data.Datasets, "part"), Labels = LabelSet.Original });

        await host.StartRunAsync(s_run);
        await host.WaitForEndAsync();

        var run = (await host.Store.FindRunAsync(s_run, Stop))!;
        var rows = Folder.ReadCurve(Curves.OriginalTest);
        Assert.Equal((10, 20, 3), (run.Latest[Curves.Test].Count, run.Latest[Curves.OriginalTest].Count, rows.Count));
        Assert.Equal(rows, (await host.Store.ReadRowsAsync(s_run, Curves.OriginalTest, cancellationToken: Stop)).Rows);
        Assert.Contains("original test", File.ReadAllText(Experiment.Report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartRun_DuplicateMessage_RunIsTrainedOnce()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Status == RunStatus.Completed);

        await host.StartRunAsync(s_run);
        await host.AddAnotherAndWaitAsync(Short with { Name = "after" });

        Assert.Equal(1, (await host.Store.FindRunAsync(s_run, Stop))!.Attempt);
        Assert.Single(Folder.Load().Attempts);
    }

    [Fact]
    public async Task Cancel_RunningRun_StopsItAndEndsTheExperiment()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Endless);
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Step > 0);

        await host.Submitter.CancelAsync(s_run, Stop);
        var experiment = await host.WaitForEndAsync(ExperimentStatus.Interrupted);

        Assert.Equal(RunStatus.Cancelled, (await host.Store.FindRunAsync(s_run, Stop))!.Status);
        Assert.Equal(RunStatus.Cancelled, Folder.Load().Status);
        Assert.Equal("1 of 1 runs did not complete.", experiment.Error);
    }

    [Fact]
    public async Task Stop_WhileTraining_RunIsQueuedAgainAndEndsWithTheSameResult()
    {
        var spec = Short with { Epochs = 40 };
        Assert.Equal(0, TrainerProcess.Run("train", "--spec", SpecFile(spec), "--out", _folder["undisturbed"]).ExitCode);
        await using (var host = await ServiceHost.StartAsync(_redis!.Address, Data))
        {
            await host.AddAsync(spec);
            await host.StartRunAsync(s_run);
            await host.WaitAsync(s_run, run => run.Step > 0);
            await host.StopAsync();
            Assert.Equal(RunStatus.Interrupted, Folder.Load().Status);
        }

        await using var next = await ServiceHost.StartAsync(_redis.Address, Data);
        Assert.Equal(RunStatus.Queued, (await next.Store.FindRunAsync(s_run, Stop))!.Status);
        await next.StartRunAsync(s_run);
        var run = await next.WaitAsync(s_run, run => run.Status == RunStatus.Completed);

        Assert.Equal(2, run.Attempt);
        RunComparison.AssertSame(new RunFolder(Path.Combine(_folder["undisturbed"], spec.Name)), Folder);
        Assert.Equal(Folder.ReadCurve(Curves.Train), (await next.Store.ReadRowsAsync(s_run, Curves.Train, cancellationToken: Stop)).Rows);
    }

    [Fact]
    public async Task Stop_WhileOthersAreQueued_NoneOfThemStarts()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        string[] names = [s_run.Name, "second", "third", "fourth", "fifth"];
        await host.AddAsync([.. names.Select(name => Endless with { Name = name })]);
        foreach (var name in names)
        {
            await host.StartRunAsync(s_run with { Name = name });
        }

        await host.WaitAsync(s_run, run => run.Step > 0);
        await host.WaitAsync(s_run with { Name = "second" }, run => run.Step > 0);
        await host.StopAsync();

        Assert.Equal([s_run.Name, "second"], Experiment.Runs().Select(run => Path.GetFileName(run.Path)).Order());
        Assert.Equal(RunStatus.Interrupted, Folder.Load().Status);
    }

    [Fact]
    public async Task StartRun_AttemptCrashesThreeTimes_RunIsParkedWithItsLastError()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The crashing program is a shell script.");
        var program = _folder["crashes"];
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho 'a native library complains' >&2\nkill -SEGV $$\n", Stop);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data, program);
        await host.AddAsync(Short);

        await host.StartRunAsync(s_run);
        await host.WaitForEndAsync();

        var run = (await host.Store.FindRunAsync(s_run, Stop))!;
        Assert.Equal((RunStatus.Parked, 3, 3), (run.Status, run.Attempt, run.Failures));
        Assert.Equal("The attempt's process exited with code 139 without a result. a native library complains", run.Error);
    }

    [Fact]
    public async Task DatasetReady_WithError_FailsTheExperimentAndItsRuns()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);

        await host.Bus.Publish(new DatasetReady("tiny", "The source holds no images.", ServiceHost.Experiment), Stop);
        var experiment = await host.WaitForEndAsync();

        Assert.Equal("The source holds no images.", experiment.Error);
        Assert.Equal((RunStatus.Failed, "The source holds no images."), await StatusAsync());

        async Task<(RunStatus, string?)> StatusAsync()
        {
            var run = (await host.Store.FindRunAsync(s_run, Stop))!;
            return (run.Status, run.Error);
        }
    }

    [Fact]
    public async Task Resume_CancelledRun_ContinuesFromItsCheckpoint()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short with { Epochs = 40 });
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Step > 0);
        await host.Submitter.CancelAsync(s_run, Stop);
        await host.WaitForEndAsync(ExperimentStatus.Interrupted);

        await host.Submitter.ResumeAsync(s_run, Stop);
        // Stands in for DataPrep, which is not running.
        await host.Bus.Publish(new DatasetReady("tiny", Error: null, ServiceHost.Experiment), Stop);
        var run = await host.WaitAsync(s_run, run => run.Status == RunStatus.Completed);

        Assert.Equal((2, 40.0), (run.Attempt, run.Epoch));
        Assert.True(Folder.Load().Attempts[1].FromStep > 0);
    }

    [Fact]
    public async Task PauseAndResume_RunningRun_ContinuesFromItsCheckpoint()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Endless);
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Step > 0);

        await host.Submitter.PauseAsync(s_run, Stop);
        var paused = await host.WaitAsync(s_run, run => run.Status == RunStatus.Paused);
        await host.WaitForEndAsync(ExperimentStatus.Interrupted);
        Assert.Equal((false, null, RunStatus.Paused), (paused.IsHeld, paused.StopRequest, Folder.Load().Status));

        await host.Submitter.ResumeAsync(s_run, Stop);
        await host.Bus.Publish(new DatasetReady("tiny", Error: null, ServiceHost.Experiment), Stop);
        await host.WaitAsync(s_run, run => run is { Attempt: 2, Status: RunStatus.Running } && run.Step > paused.Step);

        Assert.True(Folder.Load().Attempts[1].FromStep > 0);
    }

    [Fact]
    public async Task StartRun_TrainingDiverges_FailsWithoutRetry()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short with { LearningRate = 1e30, Rule = RuleChoice.Parse("sgd") });

        await host.StartRunAsync(s_run);
        await host.WaitForEndAsync();

        var run = (await host.Store.FindRunAsync(s_run, Stop))!;
        Assert.Equal((RunStatus.Failed, 1), (run.Status, run.Attempt));
        Assert.Contains("diverged", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconcile_RunWhoseTrainerIsGone_IsTrained()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);
        await host.Store.UpdateRunAsync(s_run, 0, run => run with { Status = RunStatus.Running, Host = "a machine that burnt" }, Stop);

        await host.WaitForEndAsync();

        Assert.Equal((RunStatus.Completed, 1), await StatusAndAttemptAsync(host));
    }

    [Fact]
    public async Task Reconcile_CancellingRunWhoseTrainerIsGone_IsCancelled()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);
        await host.Store.UpdateRunAsync(s_run, 0, run => run with { Status = RunStatus.Running }, Stop);
        await host.Store.CommandAsync(s_run, RunCommand.Cancel, Stop);

        await host.WaitForEndAsync(ExperimentStatus.Interrupted);

        Assert.Equal((RunStatus.Cancelled, 0), await StatusAndAttemptAsync(host));
    }

    [Fact]
    public async Task Flush_WhileTraining_AttemptContinuesAndTheStoreHasTheCompleteCurves()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short with { Epochs = 300 }, Endless with { Name = "paused" });
        await host.Submitter.PauseAsync(s_run with { Name = "paused" }, Stop);
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Step > 0);
        // The reconciler saves what the run folders do not contain.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (!File.ReadAllText(Experiment.Record).Contains("\"paused\": {", StringComparison.Ordinal))
        {
            await Task.Delay(50, limit.Token);
        }

        await using (var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{_redis.Address},allowAdmin=true"))
        {
            await connection.GetServer(_redis.Address).FlushAllDatabasesAsync();
        }

        var run = await host.WaitAsync(s_run, run => run.Status == RunStatus.Completed);

        Assert.Equal(1, run.Attempt);
        Assert.Single(Folder.Load().Attempts);
        foreach (var curve in Curves.All)
        {
            Assert.Equal(Folder.ReadCurve(curve), (await host.Store.ReadRowsAsync(s_run, curve, cancellationToken: Stop)).Rows);
        }

        Assert.Equal(RunStatus.Paused, (await host.Store.FindRunAsync(s_run with { Name = "paused" }, Stop))!.Status);
    }

    [Fact]
    public async Task Reconcile_RunCompletedButItsTrainerDied_StoreGetsTheLastRows()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);
        await host.StartRunAsync(s_run);
        await host.WaitForEndAsync();
        // The state after a service was killed between the attempt's last row and its end.
        await host.Store.TrimCurvesAsync(s_run, 1, Curves.All.ToDictionary(curve => curve, _ => 1), Stop);
        await host.Store.UpdateExperimentAsync(ServiceHost.Experiment, experiment => experiment with { Status = ExperimentStatus.Running }, Stop);
        await host.Store.UpdateRunAsync(s_run, 1, run => run with { Status = RunStatus.Running, Ended = null }, Stop);

        await host.WaitForEndAsync();

        Assert.Equal((RunStatus.Completed, 2), await StatusAndAttemptAsync(host));
        Assert.Single(Folder.Load().Attempts);
        foreach (var curve in Curves.All)
        {
            Assert.Equal(Folder.ReadCurve(curve), (await host.Store.ReadRowsAsync(s_run, curve, cancellationToken: Stop)).Rows);
        }
    }

    [Fact]
    public async Task Cancel_RightAfterAPause_RunIsCancelled()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Endless);
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Step > 0);

        await host.Submitter.PauseAsync(s_run, Stop);
        await host.Store.CommandAsync(s_run, RunCommand.Cancel, Stop);
        await host.WaitForEndAsync(ExperimentStatus.Interrupted);

        Assert.Equal((RunStatus.Cancelled, 1), await StatusAndAttemptAsync(host));
    }

    [Fact]
    public async Task Store_RejectsWrites_AttemptContinuesAndTheStoreCatchesUp()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short with { Epochs = 100 });
        await host.StartRunAsync(s_run);
        await host.WaitAsync(s_run, run => run.Step > 0);

        await using (var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{_redis.Address},allowAdmin=true"))
        {
            await connection.GetServer(_redis.Address).ConfigSetAsync("maxmemory", "1");
            await Task.Delay(TimeSpan.FromSeconds(2), Stop);
            await connection.GetServer(_redis.Address).ConfigSetAsync("maxmemory", "0");
        }

        var run = await host.WaitAsync(s_run, run => !run.Status.IsActive());

        Assert.Equal((RunStatus.Completed, 1), (run.Status, run.Attempt));
        Assert.Single(Folder.Load().Attempts);
        Assert.Equal(Folder.ReadCurve(Curves.Train), (await host.Store.ReadRowsAsync(s_run, Curves.Train, cancellationToken: Stop)).Rows);
    }

    [Fact]
    public async Task Reconcile_DamagedExperiment_DoesNotBlockTheOthers()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync("damaged-20260101-000000", Short);
        await host.Store.UpdateRunAsync(new RunId("damaged-20260101-000000", s_run.Name), 0, run => run with { Status = RunStatus.Paused }, Stop);
        var damaged = new ExperimentFolder(Path.Combine(Data.Experiments, "damaged-20260101-000000"));
        await File.WriteAllTextAsync(damaged.Record, "{ not json", Stop);
        await host.AddAsync(Short);
        await host.Store.UpdateRunAsync(s_run, 0, run => run with { Status = RunStatus.Paused }, Stop);

        var experiment = await host.WaitForEndAsync(ExperimentStatus.Interrupted);
        for (var tries = 0; tries < 200 && !File.ReadAllText(Experiment.Record).Contains("paused", StringComparison.Ordinal); tries++)
        {
            await Task.Delay(50, Stop);
        }

        Assert.Equal("1 of 1 runs did not complete.", experiment.Error![..29]);
        Assert.Equal(RunStatus.Paused, CghJson.Load<ExperimentRecord>(Experiment.Record).Resting[s_run.Name].Status);
    }

    [Fact]
    public async Task StartRun_OfAnotherVersion_IsRejectedAndListed()
    {
        await using var host = await ServiceHost.StartAsync(_redis!.Address, Data);
        await host.AddAsync(Short);

        await host.Bus.OfferRunAsync(new StartRun(s_run, Recipe.DefaultPriority) { Version = 2 }, Stop);
        IReadOnlyList<RejectedMessage> messages = [];
        for (var tries = 0; tries < 200 && messages.Count == 0; tries++)
        {
            await Task.Delay(50, Stop);
            messages = await host.Store.ListRejectedMessagesAsync(cancellationToken: Stop);
        }

        var message = Assert.Single(messages);
        Assert.Equal(("start-run", "StartRun"), (message.Queue, message.What));
        Assert.Equal("StartRun has version 2, but this service expects version 1. Run the same version of all services, then resend it.", message.Reason);
        Assert.Contains("tiny-20260101-000000/rm3", message.Body, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Queued, (await host.Store.FindRunAsync(s_run, Stop))!.Status);
    }

    private static async Task<(RunStatus Status, int Attempt)> StatusAndAttemptAsync(ServiceHost host)
    {
        var run = (await host.Store.FindRunAsync(s_run, Stop))!;
        return (run.Status, run.Attempt);
    }

    private string SpecFile(RunSpec spec)
    {
        CghJson.Save(_folder["spec.json"], spec);
        return _folder["spec.json"];
    }
}
