using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using StackExchange.Redis;
using Xunit;

namespace Cgh.Tests;

/// <summary>The contract of the run store, for any server.</summary>
public abstract class RunStoreContract : IAsyncLifetime
{
    private ConnectionMultiplexer? _connection;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RedisRunStore Store => new(_connection!);

    /// <summary>Starts an empty server and returns its address.</summary>
    protected abstract Task<string> StartServerAsync();

    protected abstract ValueTask StopServerAsync();

    public async ValueTask InitializeAsync() =>
        _connection = await StoreConnection.OpenAsync(ConfigurationOptions.Parse($"{await StartServerAsync()},allowAdmin=true"));

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        await StopServerAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task ListTrainers_SomeReported_AreListedByMachineWithTheirLatestReport()
    {
        var idle = new TrainerState
        {
            Id = "bench-9/1/a",
            Host = "bench-9",
            ProcessId = 1,
            Version = "0.1.0",
            Started = DateTimeOffset.UnixEpoch,
            Slots = 2,
            Processors = 16,
            AvailableMemory = 128_000_000_000,
            UsedMemory = 90_000_000,
            Gpus = ["NVIDIA H100"],
        };
        await Store.ReportTrainerAsync(idle, Stop);
        await Store.ReportTrainerAsync(idle with { Id = "bench-7/4/b", Host = "bench-7" }, Stop);
        await Store.ReportTrainerAsync(idle with { Runs = [new RunId("demo-1", "sgd")] }, Stop);

        var trainers = await Store.ListTrainersAsync(Stop);

        Assert.Equal(["bench-7", "bench-9"], trainers.Select(trainer => trainer.Host));
        Assert.Equal(new RunId("demo-1", "sgd"), Assert.Single(trainers[1].Runs));
        Assert.Equal(idle.Gpus, trainers[1].Gpus);
    }

    [Fact]
    public async Task ListTrainers_OneHasNotReportedForLong_IsForgotten()
    {
        await _connection!.GetDatabase().SetAddAsync("cgh:trainers", "bench-9/1/a");

        Assert.Empty(await Store.ListTrainersAsync(Stop));
        Assert.False(await _connection.GetDatabase().KeyExistsAsync("cgh:trainers"));
    }

    [Fact]
    public async Task AddExperiment_WithRuns_AreListedInTheRecipesOrder()
    {
        var experiment = await AddAsync("demo-1", "sgd", "ra3", "m3");

        var runs = await Store.ListRunsAsync("demo-1", Stop);

        Assert.Equal(["sgd", "ra3", "m3"], runs.Select(run => run.Id.Name));
        Assert.All(runs, run => Assert.Equal(RunStatus.Queued, run.Status));
        Assert.Equal(experiment.Recipe.Runs[1].LearningRate, runs[1].Spec.LearningRate);
        Assert.Equal("demo-1", (await Store.FindExperimentAsync("demo-1", Stop))!.Id);
    }

    [Fact]
    public async Task ListExperiments_Several_NewestFirst()
    {
        await AddAsync("a-1", "sgd");
        await AddAsync("b-2", "sgd");

        var listed = await Store.ListExperimentsAsync(cancellationToken: Stop);
        var runs = await Store.ListRunsAsync(cancellationToken: Stop);

        Assert.Equal(["b-2", "a-1"], listed.Select(experiment => experiment.Id));
        Assert.Equal(["b-2/sgd", "a-1/sgd"], runs.Select(run => run.Id.ToString()));
    }

    [Fact]
    public async Task Find_Unknown_IsNull()
    {
        Assert.Null(await Store.FindExperimentAsync("none", Stop));
        Assert.Null(await Store.FindRunAsync(new RunId("none", "sgd"), Stop));
        Assert.Null(await Store.BeginAttemptAsync(new RunId("none", "sgd"), "here", "a", after: 0, Stop));
        Assert.Null(await Store.FindDatasetAsync("none", Stop));
        Assert.Empty((await Store.ReadRowsAsync(new RunId("none", "sgd"), Curves.Train, 0, Stop)).Rows);
    }

    [Fact]
    public async Task BeginAttempt_Twice_FirstAttemptCanNoLongerWrite()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        var first = await Store.BeginAttemptAsync(id, "one", "a", after: 0, Stop);
        Assert.True(await Store.AppendRowsAsync(id, first!.Value, Curves.Train, 0, [[0, 0, 20, 4.6]], Stop));

        Assert.Null(await Store.BeginAttemptAsync(id, "two", "b", after: 0, Stop));
        await _connection!.GetDatabase().KeyDeleteAsync($"cgh:run:{id}:heartbeat");
        var second = await Store.BeginAttemptAsync(id, "two", "b", after: 0, Stop);

        Assert.Equal((1, 2), (first, second));
        Assert.False(await ReportAsync(id, 1, step: 99));
        Assert.False(await Store.AppendRowsAsync(id, 1, Curves.Train, 1, [[0, 10, 20, 4.5]], Stop));
        Assert.False(await Store.TrimCurvesAsync(id, 1, new Dictionary<string, int> { [Curves.Train] = 0 }, Stop));
        Assert.False(await Store.BeatAsync(id, 1, "a", Stop));
        Assert.True(await ReportAsync(id, 2, step: 7));
        var state = (await Store.FindRunAsync(id, Stop))!;
        Assert.Equal((7, 2, "two", RunStatus.Running), (state.Step, state.Attempt, state.Host, state.Status));
        Assert.Single((await Store.ReadRowsAsync(id, Curves.Train, 0, Stop)).Rows);
    }

    [Fact]
    public async Task AppendRows_SomeExist_OnlyNewOnesAreAdded()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        var attempt = (await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop))!.Value;

        await Store.AppendRowsAsync(id, attempt, Curves.Test, 0, [[0, 5, 4.61, 1, 5.5], [1, 5, 4.2, 2.5, 7]], Stop);
        await Store.AppendRowsAsync(id, attempt, Curves.Test, 1, [[1, 5, 4.2, 2.5, 7], [2, 5, 0.1, 3, double.NaN]], Stop);

        var rows = await Store.ReadRowsAsync(id, Curves.Test, 1, Stop);
        Assert.Equal(3, rows.Next);
        Assert.Equal([1, 5, 4.2, 2.5, 7], rows.Rows[0]);
        Assert.Equal([2, 5, 0.1, 3, double.NaN], rows.Rows[1]);
    }

    [Fact]
    public async Task AppendRows_WithAGap_Throws()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        var attempt = (await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop))!.Value;

        await Assert.ThrowsAsync<CurveGapException>(() => Store.AppendRowsAsync(id, attempt, Curves.Test, 3, [[1]], Stop));
    }

    [Fact]
    public async Task TrimCurves_AfterAResume_RemovesRowsAfterTheCheckpoint()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        var attempt = (await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop))!.Value;
        await Store.AppendRowsAsync(id, attempt, Curves.Train, 0, [[0], [1], [2]], Stop);
        await Store.AppendRowsAsync(id, attempt, Curves.Test, 0, [[0]], Stop);

        await Store.TrimCurvesAsync(id, attempt, new Dictionary<string, int> { [Curves.Train] = 1, [Curves.Test] = 0 }, Stop);

        Assert.Single((await Store.ReadRowsAsync(id, Curves.Train, 0, Stop)).Rows);
        Assert.Empty((await Store.ReadRowsAsync(id, Curves.Test, 0, Stop)).Rows);
    }

    [Fact]
    public async Task RequestCancel_QueuedRun_IsCancelledAtOnceAndCanBeResumed()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");

        Assert.True(await Store.CommandAsync(id, RunCommand.Cancel, Stop));
        Assert.Equal(RunStatus.Cancelled, (await Store.FindRunAsync(id, Stop))!.Status);
        Assert.Null((await Store.FindRunAsync(id, Stop))!.StopRequest);
        Assert.Null(await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop));
        Assert.False(await Store.CommandAsync(id, RunCommand.Cancel, Stop));

        Assert.True(await Store.CommandAsync(id, RunCommand.Resume, Stop));
        Assert.Equal(RunStatus.Queued, (await Store.FindRunAsync(id, Stop))!.Status);
        Assert.False(await Store.CommandAsync(id, RunCommand.Resume, Stop));
    }

    [Fact]
    public async Task RequestCancel_RunningRun_IsPendingUntilTheTrainerStops()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);

        Assert.True(await Store.CommandAsync(id, RunCommand.Cancel, Stop));

        var run = (await Store.FindRunAsync(id, Stop))!;
        Assert.Equal((RunStatus.Running, StopRequest.Cancel), (run.Status, run.StopRequest));
    }

    [Fact]
    public async Task RequestPause_QueuedRun_IsPausedAtOnceAndCannotStart()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");

        Assert.True(await Store.CommandAsync(id, RunCommand.Pause, Stop));

        Assert.Equal((RunStatus.Paused, null), await StatusAsync(id));
        Assert.Null(await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop));
        Assert.False(await Store.CommandAsync(id, RunCommand.Pause, Stop));
        Assert.True(await Store.CommandAsync(id, RunCommand.Resume, Stop));
        Assert.Equal(1, await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop));
    }

    [Fact]
    public async Task RequestPause_RunningRun_IsPendingAndCancelOverridesIt()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);

        Assert.True(await Store.CommandAsync(id, RunCommand.Pause, Stop));
        Assert.Equal((RunStatus.Running, StopRequest.Pause), await StatusAsync(id));
        Assert.True(await Store.CommandAsync(id, RunCommand.Cancel, Stop));
        Assert.Equal((RunStatus.Running, StopRequest.Cancel), await StatusAsync(id));
        Assert.True(await Store.CommandAsync(id, RunCommand.Pause, Stop));
        Assert.Equal((RunStatus.Running, StopRequest.Cancel), await StatusAsync(id));
        Assert.Null(await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop));

        Assert.True(await EndAsync(id, RunStatus.Cancelled));
        Assert.Equal((RunStatus.Cancelled, null), await StatusAsync(id));
        Assert.False((await Store.FindRunAsync(id, Stop))!.IsHeld);
    }

    [Theory]
    [InlineData(RunStatus.Paused, RunStatus.Cancelled)]
    [InlineData(RunStatus.Parked, RunStatus.Cancelled)]
    [InlineData(RunStatus.Failed, RunStatus.Failed)]
    [InlineData(RunStatus.Completed, RunStatus.Completed)]
    public async Task EndAttempt_StoppedWithPendingCancel_IsCancelled(RunStatus ended, RunStatus status)
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);
        Assert.True(await Store.CommandAsync(id, RunCommand.Cancel, Stop));

        Assert.True(await EndAsync(id, ended));

        Assert.Equal((status, null), await StatusAsync(id));
    }

    [Fact]
    public async Task AddExperiment_ExistingId_ChangesNothing()
    {
        await AddAsync("demo-1", "sgd");
        await Store.BeginAttemptAsync(new RunId("demo-1", "sgd"), "here", "a", after: 0, Stop);
        var there = (await Store.FindExperimentAsync("demo-1", Stop))!;

        Assert.False(await Store.AddExperimentAsync(there with { Created = DateTimeOffset.UtcNow }, [], Stop));

        Assert.Equal(there.Created, (await Store.FindExperimentAsync("demo-1", Stop))!.Created);
        Assert.Equal(RunStatus.Running, Assert.Single(await Store.ListRunsAsync("demo-1", Stop)).Status);
    }

    [Theory]
    [InlineData(StopRequest.Cancel, RunStatus.Cancelled)]
    [InlineData(StopRequest.Pause, RunStatus.Paused)]
    public async Task EndAttempt_HandedBackWithPendingStopRequest_TakesEffect(StopRequest request, RunStatus status)
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);
        Assert.True(
            request == StopRequest.Cancel ? await Store.CommandAsync(id, RunCommand.Cancel, Stop) : await Store.CommandAsync(id, RunCommand.Pause, Stop));

        Assert.True(await Allowed(Store.ApplyAsync(id, new RunHandedBack(1), TimeProvider.System, Stop)));

        Assert.Equal((status, null), await StatusAsync(id));
        Assert.Null(await Store.BeginAttemptAsync(id, "there", "b", after: 0, Stop));
    }

    [Theory]
    [InlineData(RunStatus.Interrupted)]
    [InlineData(RunStatus.Failed)]
    [InlineData(RunStatus.Cancelled)]
    [InlineData(RunStatus.Paused)]
    [InlineData(RunStatus.Parked)]
    public async Task Resume_StoppedRun_IsQueuedAndItsFailuresAreReset(RunStatus status)
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.UpdateRunAsync(id, 0, run => run with { Status = status, Error = "It failed.", Failures = 3, Offered = DateTimeOffset.UnixEpoch }, Stop);

        Assert.True(await Store.CommandAsync(id, RunCommand.Resume, Stop));

        var run = (await Store.FindRunAsync(id, Stop))!;
        Assert.Equal((RunStatus.Queued, null, 0, null), (run.Status, run.Error, run.Failures, run.Offered));
    }

    [Fact]
    public async Task BeginAttempt_FolderHasANewerNumber_ContinuesAboveIt()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");

        Assert.Equal(8, await Store.BeginAttemptAsync(id, "here", "a", after: 7, Stop));
        Assert.Equal(9, await Store.BeginAttemptAsync(id, "here", "a", after: 3, Stop));
        Assert.Equal(9, (await Store.FindRunAsync(id, Stop))!.Attempt);
    }

    [Fact]
    public async Task BeginAttempt_ManyTrainersAtOnce_OneSucceeds()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");

        var begun = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Store.BeginAttemptAsync(id, "here", $"trainer {i}", after: 0, Stop)));

        Assert.Equal(1, Assert.Single(begun, number => number is not null));
    }

    [Fact]
    public async Task AddRejectedMessage_MoreThanTheLimit_KeepsTheNewestFirst()
    {
        for (var i = 0; i < 103; i++)
        {
            await Store.AddRejectedMessageAsync(
                new RejectedMessage(DateTimeOffset.UnixEpoch.AddSeconds(i), "start-run", "StartRun", $"reason {i}", "{}"),
                Stop);
        }

        var messages = await Store.ListRejectedMessagesAsync(cancellationToken: Stop);
        Assert.Equal(Enumerable.Range(3, 100).Reverse().Select(i => $"reason {i}"), messages.Select(message => message.Reason));
        await Store.ClearRejectedMessagesAsync(Stop);
        Assert.Empty(await Store.ListRejectedMessagesAsync(cancellationToken: Stop));
    }

    [Fact]
    public async Task TakeLock_TwoHolders_OneAtATime()
    {
        var minute = TimeSpan.FromMinutes(1);

        Assert.True(await Store.TakeLockAsync("sweep", "a", minute, Stop));
        Assert.True(await Store.TakeLockAsync("sweep", "a", minute, Stop));
        Assert.False(await Store.TakeLockAsync("sweep", "b", minute, Stop));
        await Store.ReleaseLockAsync("sweep", "b", Stop);
        Assert.False(await Store.TakeLockAsync("sweep", "b", minute, Stop));
        await Store.ReleaseLockAsync("sweep", "a", Stop);
        Assert.True(await Store.TakeLockAsync("sweep", "b", minute, Stop));
    }

    [Fact]
    public async Task IsFilled_MarkedThenFlushed_IsFalse()
    {
        Assert.False(await Store.IsFilledAsync(Stop));
        await Store.MarkFilledAsync(Stop);
        Assert.True(await Store.IsFilledAsync(Stop));

        await _connection!.GetDatabase().ExecuteAsync("FLUSHALL");

        Assert.False(await Store.IsFilledAsync(Stop));
    }

    [Fact]
    public async Task RebuildProgress_SavedThenEnded_IsGone()
    {
        Assert.Null(await Store.FindRebuildProgressAsync(Stop));
        await Store.SaveRebuildProgressAsync(new RebuildProgress(312, 1000), Stop);
        Assert.Equal(new RebuildProgress(312, 1000), await Store.FindRebuildProgressAsync(Stop));

        await Store.SaveRebuildProgressAsync(progress: null, Stop);

        Assert.Null(await Store.FindRebuildProgressAsync(Stop));
    }

    [Fact]
    public async Task FindRun_NoHeartbeat_IsNotResponding()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);
        Assert.True((await Store.FindRunAsync(id, Stop))!.Responding);

        await _connection!.GetDatabase().KeyDeleteAsync($"cgh:run:{id}:heartbeat");
        Assert.False((await Store.FindRunAsync(id, Stop))!.Responding);

        Assert.True(await Store.BeatAsync(id, 1, "a", Stop));
        Assert.True((await Store.FindRunAsync(id, Stop))!.Responding);
        Assert.InRange((await _connection.GetDatabase().KeyTimeToLiveAsync($"cgh:run:{id}:heartbeat"))!.Value.TotalSeconds, 1, 10);
    }

    [Fact]
    public async Task ChangeRun_ManyAtOnce_NoneIsLost()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        var attempt = (await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop))!.Value;

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Store.UpdateRunAsync(id, attempt, run => run with { Step = run.Step + 1 }, Stop)));

        Assert.Equal(50, (await Store.FindRunAsync(id, Stop))!.Step);
    }

    [Fact]
    public async Task ChangeExperiment_Refused_NothingIsWritten()
    {
        await AddAsync("demo-1", "sgd");

        var refused = await Store.ChangeExperimentAsync(
            "demo-1",
            experiment => Transition.Refused(experiment with { Status = ExperimentStatus.Failed }, "it may not"),
            Stop);
        Assert.Equal("it may not", refused.Refusal);
        Assert.Equal(ExperimentStatus.Preparing, (await Store.FindExperimentAsync("demo-1", Stop))!.Status);
        Assert.True(await Store.UpdateExperimentAsync("demo-1", experiment => experiment with { Status = ExperimentStatus.Running }, Stop));

        Assert.Equal(ExperimentStatus.Running, (await Store.FindExperimentAsync("demo-1", Stop))!.Status);
    }

    [Fact]
    public async Task ChangeRun_ConcurrentWrite_IsDecidedAgainOnTheNewerState()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        var seen = new List<RunStatus>();

        var decided = await Store.ChangeRunAsync(
            id,
            run =>
            {
                seen.Add(run.Status);
                if (seen.Count == 1)
                {
                    // As if from another connection, between read and write.
                    Store.CommandAsync(id, RunCommand.Pause, Stop).GetAwaiter().GetResult();
                }

                return RunLifecycle.Apply(run, new RunCommanded(RunCommand.Cancel), DateTimeOffset.UtcNow);
            },
            Stop);

        Assert.Equal([RunStatus.Queued, RunStatus.Paused], seen);
        Assert.Equal(RunStatus.Cancelled, decided.State!.Status);
        Assert.Equal((RunStatus.Cancelled, null), await StatusAsync(id));
    }

    [Fact]
    public async Task ChangeRun_LeaseIsTakenConcurrently_IsDecidedAgain()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);
        await _connection!.GetDatabase().KeyDeleteAsync($"cgh:run:{id}:heartbeat");
        var asked = 0;

        var decided = await Store.ChangeRunAsync(
            id,
            run =>
            {
                if (asked++ == 0)
                {
                    Store.BeatAsync(id, 1, "a", Stop).GetAwaiter().GetResult();
                }

                return RunLifecycle.Apply(run, new TrainerLost(1), DateTimeOffset.UtcNow);
            },
            Stop);

        Assert.Equal((2, "its trainer is alive"), (asked, decided.Refusal));
        Assert.Equal((RunStatus.Running, null), await StatusAsync(id));
    }

    [Fact]
    public async Task FindRun_StopRequestOfAnEarlierVersion_IsReadAndMovedWithTheNextChange()
    {
        await AddAsync("demo-1", "sgd");
        var id = new RunId("demo-1", "sgd");
        await Store.BeginAttemptAsync(id, "here", "a", after: 0, Stop);
        await _connection!.GetDatabase().HashSetAsync($"cgh:run:{id}", "wish", "Pause");

        Assert.Equal((RunStatus.Running, StopRequest.Pause), await StatusAsync(id));
        Assert.True(await Allowed(Store.ApplyAsync(id, new RunHandedBack(1), TimeProvider.System, Stop)));

        Assert.Equal((RunStatus.Paused, null), await StatusAsync(id));
        Assert.False(await _connection.GetDatabase().HashExistsAsync($"cgh:run:{id}", "wish"));
    }

    [Fact]
    public async Task SaveDataset_ThenFind_IsTheSame()
    {
        var saved = new DatasetState("demo", "packing", 10, 6000, Ready: false, Error: null)
        {
            ImagesPerSecond = 1200.5,
            SecondsLeft = 5,
            Paused = true,
            Request = new PrepareDataset(new DatasetRequest { Name = "demo", Source = "/images", Holdout = 0.1 }, [], "demo-1") { IsFromPage = true },
        };

        await Store.SaveDatasetAsync(saved, Stop);

        var found = (await Store.FindDatasetAsync("demo", Stop))!;
        Assert.Equal(saved with { Request = null }, found with { Request = null });
        Assert.Equal((saved.Request.Dataset, saved.Request.Experiment, true), (found.Request!.Dataset, found.Request.Experiment, found.Request.IsFromPage));
    }

    [Fact]
    public async Task PauseDataset_UntilResumed_IsPaused()
    {
        await Store.PauseDatasetAsync("demo", Stop);
        await Store.PauseDatasetAsync("demo", Stop);

        Assert.True(await Store.IsDatasetPausedAsync("demo", Stop));
        Assert.False(await Store.IsDatasetPausedAsync("other", Stop));
        await Store.ResumeDatasetAsync("demo", Stop);
        await Store.ResumeDatasetAsync("demo", Stop);
        Assert.False(await Store.IsDatasetPausedAsync("demo", Stop));
    }

    private static async Task<bool> Allowed(Task<Transition<RunState>> applying) => (await applying).IsAllowed;

    private Task<bool> EndAsync(RunId id, RunStatus how) => Allowed(Store.ApplyAsync(
        id,
        new AttemptConcluded(
            1,
            // A run that is parked has failed once too often.
            new AttemptEnded(how == RunStatus.Parked ? RunStatus.Failed : how, Error: null, Result: null, Seconds: 1) { IsFinal = how == RunStatus.Failed },
            MadeProgress: false,
            IsFolderAvailable: true,
            new RetryPolicy(MaxFailures: 1, RetryAfter: TimeSpan.Zero, MaxRetryAfter: TimeSpan.Zero)),
        TimeProvider.System,
        Stop));

    private Task<bool> ReportAsync(RunId id, int attempt, long step) => Allowed(Store.ApplyAsync(
        id,
        new AttemptReported(
            attempt,
            "two",
            [new AttemptProgressed(Epoch: 1, step, TotalSteps: 100, Loss: 1, ImagesPerSecond: 1, InputWait: 0, SecondsLeft: null)]),
        TimeProvider.System,
        Stop));

    private async Task<(RunStatus Status, StopRequest? StopRequest)> StatusAsync(RunId id)
    {
        var run = (await Store.FindRunAsync(id, Stop))!;
        return (run.Status, run.StopRequest);
    }

    private async Task<ExperimentState> AddAsync(string id, params string[] runs)
    {
        var specs = runs.Select(name => new RunSpec { Name = name, Dataset = "demo", LearningRate = 0.04 }).ToList();
        var experiment = new ExperimentState
        {
            Id = id,
            Created = DateTimeOffset.UnixEpoch.AddSeconds(int.Parse(id.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture)),
            Recipe = new Recipe { Name = id, Dataset = new DatasetRequest { Name = "demo" }, Runs = specs },
        };
        await Store.AddExperimentAsync(
            experiment,
            [.. specs.Select(spec => new RunState { Id = new RunId(id, spec.Name), Spec = spec, Queued = experiment.Created })],
            Stop);
        return experiment;
    }
}
