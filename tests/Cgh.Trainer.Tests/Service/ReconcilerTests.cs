using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.Trainer.Tests.Service.Fakes;

namespace Cgh.Trainer.Tests.Service;

/// <summary>Lost leases, lost messages and a lost store, with a fake clock.</summary>
public sealed class ReconcilerTests : IAsyncLifetime
{
    private static readonly RunId s_run = new(FakeTrainer.Experiment, "rm3");

    private readonly FakeTrainer _trainer = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RunState Running => _trainer.Queued(s_run) with { Status = RunStatus.Running, Attempt = 1, Host = "a machine that burnt" };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _trainer.DisposeAsync();

    [Fact]
    public async Task Start_HostFillsTheStore_WaitsForTheEnd()
    {
        var rebuild = new RebuildAtStart();
        await using var trainer = new FakeTrainer(rebuild: rebuild);
        await trainer.Reconciler.StartAsync(Stop);
        Assert.Equal(0, trainer.Store.Calls);

        rebuild.End();

        for (var deadline = DateTime.UtcNow.AddMinutes(1); !await trainer.Store.IsFilledAsync(Stop); await Task.Delay(20, Stop))
        {
            Assert.True(DateTime.UtcNow < deadline, "The reconciler did not start.");
        }

        await trainer.Reconciler.StopAsync(Stop);
    }

    [Fact]
    public async Task Reconcile_HeartbeatsStop_RunIsQueuedAgainAfterASecondCheck()
    {
        await _trainer.AddAsync(Running);
        await _trainer.Store.BeatAsync(s_run, 1, "another", Stop);
        var last = _trainer.Clock.GetUtcNow();

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(14));
        Assert.Equal(RunStatus.Running, (await _trainer.FindAsync(s_run)).Status);
        Assert.Empty(_trainer.Sent.Messages);
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(8));

        var queued = await _trainer.FindAsync(s_run);
        Assert.Equal((RunStatus.Queued, 1), (queued.Status, queued.Attempt));
        Assert.InRange((queued.Offered!.Value - last).TotalSeconds, 15, 22);
        Assert.Equal([new StartRun(s_run, Recipe.DefaultPriority)], _trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_HeartbeatBeforeTheSecondCheck_NothingHappens()
    {
        await _trainer.AddAsync(Running);
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(4));

        await _trainer.Store.BeatAsync(s_run, 1, "another", Stop);
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(8));

        Assert.Equal(RunStatus.Running, (await _trainer.FindAsync(s_run)).Status);
        Assert.Empty(_trainer.Sent.Messages);
    }

    [Theory]
    [InlineData(StopRequest.Cancel, RunStatus.Cancelled)]
    [InlineData(StopRequest.Pause, RunStatus.Paused)]
    public async Task Reconcile_TrainerIsLostWithAStopRequest_RequestTakesEffect(StopRequest request, RunStatus status)
    {
        await _trainer.AddAsync(Running with { StopRequest = request });

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((status, null), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).StopRequest));
        Assert.Equal(new RunEnded(s_run, 1, status, Error: null), Assert.Single(_trainer.Published.OfType<RunEnded>()));
        Assert.Equal(ExperimentStatus.Interrupted, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);
        Assert.Empty(_trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_MessageOfAQueuedRunIsLost_IsResentAfter15Seconds()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Offered = _trainer.Clock.GetUtcNow() });

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(14));
        Assert.Empty(_trainer.Sent.Messages);
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(6));

        Assert.Equal([new StartRun(s_run, Recipe.DefaultPriority)], _trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_NoFreeSlot_SendsNoMessages()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Offered = _trainer.Clock.GetUtcNow() });
        Assert.True(await _trainer.Running.TakeSlotAsync(TimeSpan.FromSeconds(1), Stop));

        await _trainer.ReconcileForAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(_trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_DatasetAnswerIsLost_RequestsItAgainAfter5Minutes()
    {
        await _trainer.AddAsync(status: ExperimentStatus.Preparing);

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(20));
        Assert.Single(_trainer.Sent.Messages.OfType<PrepareDataset>());
        await _trainer.ReconcileForAsync(TimeSpan.FromMinutes(4));
        Assert.Single(_trainer.Sent.Messages.OfType<PrepareDataset>());
        await _trainer.ReconcileForAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(2, _trainer.Sent.Messages.OfType<PrepareDataset>().Count());
    }

    [Fact]
    public async Task Reconcile_BrokerIsDown_RequestsTheDatasetUntilSent()
    {
        await _trainer.AddAsync(status: ExperimentStatus.Preparing);
        _trainer.Sent.IsDown = true;
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(30));

        _trainer.Sent.IsDown = false;
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(4));

        Assert.Single(_trainer.Sent.Messages.OfType<PrepareDataset>());
    }

    [Fact]
    public async Task Reconcile_StoreIsFlushed_IsRefilledAndARunningRunKeepsItsAttempt()
    {
        await _trainer.AddAsync();
        SaveRecord(attempt: 4, RunStatus.Running);
        _trainer.Store.Flush();

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));
        var filled = await _trainer.FindAsync(s_run);
        Assert.Equal((RunStatus.Running, 4, true), (filled.Status, filled.Attempt, filled.IsHeld));
        for (var seconds = 0; seconds < 30; seconds += 2)
        {
            await _trainer.Store.BeatAsync(s_run, 4, "its trainer", Stop);
            await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));
        }

        Assert.Equal((RunStatus.Running, 4), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).Attempt));
        Assert.Empty(_trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_StoreIsFlushedAndTheTrainerIsGone_RunIsQueuedAgain()
    {
        await _trainer.AddAsync();
        SaveRecord(attempt: 4, RunStatus.Running);
        _trainer.Store.Flush();

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(24));

        Assert.Equal((RunStatus.Queued, 4), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).Attempt));
        Assert.Equal([new StartRun(s_run, Recipe.DefaultPriority)], _trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_StoreIsFlushedBeforeTheReport_WritesItOnce()
    {
        await _trainer.AddAsync();
        SaveRecord(attempt: 1, RunStatus.Completed);
        _trainer.Store.Flush();
        var reports = new List<string>();
        _trainer.Report = folder =>
        {
            reports.Add(Path.GetFileName(folder.Path));
            File.WriteAllText(folder.Report, "# Report");
        };

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(4));
        _trainer.Store.Flush();
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(4));

        Assert.Equal([s_run.Experiment], reports);
        Assert.Equal(ExperimentStatus.Completed, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);
        Assert.Single(_trainer.Published.OfType<ExperimentEnded>());
    }

    // Two of them would close it in two traces, and only one of the two belongs to the command.
    [Fact]
    public async Task Reconcile_RunHasJustEnded_LeavesTheReportToItsEventFor15Seconds()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Status = RunStatus.Completed, Ended = _trainer.Clock.GetUtcNow() });

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(14));
        Assert.Empty(_trainer.Published.OfType<ExperimentEnded>());
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(6));

        Assert.Single(_trainer.Published.OfType<ExperimentEnded>());
    }

    [Fact]
    public async Task Reconcile_StoppedRunWithoutARecord_SurvivesAFlushedStore()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Status = RunStatus.Parked, Error = "The disk is full." });
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));
        _trainer.Store.Flush();

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));

        Assert.Equal((RunStatus.Parked, "The disk is full."), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).Error));
    }

    [Fact]
    public async Task Reconcile_ReportThrows_TheExperimentEndsWithTheReason()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Status = RunStatus.Completed });
        _trainer.Report = _ => throw new ArgumentOutOfRangeException("rule", "It has no marker.");

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));

        var experiment = (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!;
        Assert.Equal(ExperimentStatus.Completed, experiment.Status);
        Assert.Equal("No report: It has no marker. (Parameter 'rule').", experiment.Error);
        Assert.Equal(experiment.Error, Assert.Single(_trainer.Published.OfType<ExperimentEnded>()).Error);
    }

    [Fact]
    public async Task Reconcile_ResumeInterruptedBeforeTheExperiment_ReopensIt()
    {
        await _trainer.AddAsync(_trainer.Queued(s_run) with { Queued = _trainer.Clock.GetUtcNow().AddHours(1) }, ExperimentStatus.Interrupted);

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(ExperimentStatus.Preparing, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);
        Assert.Equal(s_run.Experiment, Assert.Single(_trainer.Sent.Messages.OfType<PrepareDataset>()).Experiment);
    }

    [Fact]
    public async Task Reconcile_SubmissionFailed_DoesNotStartIt()
    {
        await _trainer.AddAsync(status: ExperimentStatus.Failed);

        await _trainer.ReconcileForAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(ExperimentStatus.Failed, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);
        Assert.Empty(_trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_RunOfTheCommandLine_IsFollowedInItsFolderUntilItEnds()
    {
        var folder = _trainer.Folders.Run(s_run);
        await _trainer.AddAsync(Running with { Attempt = 1, Elsewhere = "process 12 on lab" });
        SaveRecord(attempt: 1, RunStatus.Running);
        CghJson.Save(folder.LockHolder, new RunHolder(12, "lab"));
        using (SharedFile.TryLock(folder.Lock, FileAccess.ReadWrite, FileShare.None))
        {
            await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(30));
            Assert.Equal((RunStatus.Running, "process 12 on lab"), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).Elsewhere));
        }

        SaveRecord(attempt: 1, RunStatus.Completed);
        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(2));

        Assert.Equal((RunStatus.Completed, null), ((await _trainer.FindAsync(s_run)).Status, (await _trainer.FindAsync(s_run)).Elsewhere));
        Assert.Empty(_trainer.Attempts);
        Assert.Empty(_trainer.Sent.Messages);
    }

    [Fact]
    public async Task Reconcile_LastRunOfTheCommandLineEnds_TheExperimentEndsWithoutAReport()
    {
        await _trainer.AddAsync(Running with { Elsewhere = "process 12 on lab" });
        File.Delete(_trainer.Folders.Experiment(s_run.Experiment).Record);
        SaveRecord(attempt: 1, RunStatus.Completed);
        _trainer.Report = _ => Assert.Fail("No user asked for a report.");

        await _trainer.ReconcileForAsync(TimeSpan.FromSeconds(4));

        Assert.Equal(ExperimentStatus.Completed, (await _trainer.Store.FindExperimentAsync(s_run.Experiment, Stop))!.Status);
    }

    private void SaveRecord(int attempt, RunStatus status)
    {
        var folder = _trainer.Folders.Run(s_run);
        Directory.CreateDirectory(folder.Path);
        Assert.True(folder.Claim(attempt));
        folder.Save(new RunRecord
        {
            Spec = new RunSpec { Name = s_run.Name, Dataset = "tiny", LearningRate = 0.04 },
            Status = status,
            Created = _trainer.Clock.GetUtcNow(),
            DatasetFolder = "tiny",
            TotalSteps = 100,
            Attempts = [],
        });
    }
}
