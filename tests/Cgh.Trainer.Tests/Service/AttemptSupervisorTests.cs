using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Trainer.Tests.Service.Fakes;

namespace Cgh.Trainer.Tests.Service;

/// <summary>Retries, heartbeat timeout, lost lease and shutdown, with a fake clock.</summary>
public sealed class AttemptSupervisorTests : IAsyncLifetime
{
    private readonly FakeTrainer _trainer = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static AttemptProgressed Progress(long step) => new(Epoch: 1, step, TotalSteps: 100, Loss: 0.5, ImagesPerSecond: 10, InputWait: 0, SecondsLeft: 9);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _trainer.DisposeAsync();

    [Fact]
    public async Task Train_ThreeAttemptsFail_DelayDoublesThenParks()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);

        for (var number = 1; number <= 3; number++)
        {
            _trainer.Attempt(number).End(RunStatus.Failed, $"Failure {number}.");
        }

        _trainer.Until(() => training.IsCompleted);
        await training;

        var waits = _trainer.Attempts.Zip(_trainer.Attempts.Skip(1), (one, next) => (next.Started - one.Started).TotalSeconds).ToArray();
        Assert.Equal(2, waits.Length);
        Assert.InRange(waits[0], 2, 2.5);
        Assert.InRange(waits[1], 4, 4.5);
        var parked = await _trainer.FindAsync(run);
        Assert.Equal((RunStatus.Parked, 3, 3, "Failure 3.", false), (parked.Status, parked.Attempt, parked.Failures, parked.Error, parked.IsHeld));
        Assert.Equal(new RunEnded(run, 3, RunStatus.Parked, "Failure 3."), Assert.Single(_trainer.Published.OfType<RunEnded>()));
        Assert.Equal([1, 2, 3], _trainer.Published.OfType<RunStarted>().Select(started => started.Attempt));
    }

    [Fact]
    public async Task Train_DuringARetryDelayLongerThanTheLease_KeepsTheLease()
    {
        await using var trainer = new FakeTrainer(retryAfter: TimeSpan.FromSeconds(30));
        var run = await trainer.AddAsync();
        _ = trainer.TrainAsync(run);
        trainer.Attempt(1).End(RunStatus.Failed, "It failed.");
        await trainer.UntilAsync(run, state => state.Status == RunStatus.Queued);

        trainer.Pass(TimeSpan.FromSeconds(25));

        var waiting = await trainer.FindAsync(run);
        Assert.Equal((RunStatus.Queued, true, "It failed."), (waiting.Status, waiting.IsHeld, waiting.Error));
        Assert.Null(await trainer.Store.BeginAttemptAsync(run, "elsewhere", "another", after: 0, Stop));
    }

    [Fact]
    public async Task Train_CancelledWhileTakenForDead_IsToldToStopWhenItReportsAgain()
    {
        var run = await _trainer.AddAsync();
        _ = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);
        attempt.Report(Progress(10));
        await _trainer.UntilAsync(run, state => state.Step == 10);

        // What another trainer's reconciler and a user do while this one is suspended.
        await _trainer.Store.ChangeRunAsync(run, state => Transition.To(state with { Status = RunStatus.Cancelled }), Stop);
        attempt.Report(Progress(20));
        _trainer.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal(StopRequest.Cancel, (await _trainer.FindAsync(run)).StopRequest);
        Assert.Contains(StopRequest.Cancel, attempt.StopRequests);
    }

    [Fact]
    public async Task Train_PausedDuringTheRetryDelay_StartsNoAttempt()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);
        _trainer.Attempt(1).End(RunStatus.Failed, "It failed.");
        await _trainer.UntilAsync(run, state => state.Status == RunStatus.Queued);

        Assert.True(await _trainer.Store.CommandAsync(run, RunCommand.Pause, Stop));
        _trainer.Until(() => training.IsCompleted);
        await training;

        var paused = await _trainer.FindAsync(run);
        Assert.Equal((RunStatus.Paused, 1, false), (paused.Status, paused.Attempt, paused.IsHeld));
        Assert.Single(_trainer.Attempts);
    }

    [Fact]
    public async Task Train_NoHeartbeat_IsKilledAfterTheTimeoutAndCountsAsAFailure()
    {
        var run = await _trainer.AddAsync();
        _ = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);

        _trainer.Pass(TimeSpan.FromSeconds(15));
        Assert.False(attempt.IsKilled);
        _trainer.Until(() => attempt.IsKilled);
        await _trainer.UntilAsync(run, state => state.Status == RunStatus.Queued);

        var failed = await _trainer.FindAsync(run);
        Assert.Equal((1, "The attempt's process sent no heartbeat for 20 seconds and was killed."), (failed.Failures, failed.Error));
        Assert.True(_trainer.Clock.GetUtcNow() - attempt.Started >= TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Train_AttemptSendsHeartbeats_IsNotKilled()
    {
        var run = await _trainer.AddAsync();
        _ = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);

        for (var seconds = 0; seconds < 60; seconds += 2)
        {
            _trainer.Pass(TimeSpan.FromSeconds(2));
            attempt.Report(new AttemptAlive());
        }

        Assert.False(attempt.IsKilled);
        Assert.Equal((RunStatus.Running, true), ((await _trainer.FindAsync(run)).Status, (await _trainer.FindAsync(run)).IsHeld));
    }

    [Fact]
    public async Task Train_ServiceWasSuspended_AttemptIsNotKilled()
    {
        var run = await _trainer.AddAsync();
        _ = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);
        _trainer.Pass(TimeSpan.FromSeconds(1));

        // A single clock step: every timer fires once, as after a SIGSTOP.
        _trainer.Clock.Advance(TimeSpan.FromMinutes(5));
        _trainer.Pass(TimeSpan.FromSeconds(5));
        attempt.Report(new AttemptAlive());
        _trainer.Pass(TimeSpan.FromSeconds(5));

        Assert.False(attempt.IsKilled);
    }

    [Fact]
    public async Task Train_NewerAttemptHasStarted_KillsTheOldOneAndLeavesTheRunAlone()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);
        attempt.Report(Progress(10));
        await _trainer.UntilAsync(run, state => state.Step == 10);

        await TakeOverAsync(run);
        _trainer.Until(() => training.IsCompleted);
        await training;

        Assert.True(attempt.IsKilled);
        var taken = await _trainer.FindAsync(run);
        Assert.Equal((RunStatus.Running, 2, "elsewhere", "another"), (taken.Status, taken.Attempt, taken.Host, taken.Holder));
        Assert.Empty(_trainer.Published.OfType<RunEnded>());
    }

    // A laboratory with another store has started it; without the count, the two would take the run from each other for ever.
    [Fact]
    public async Task Train_AttemptOfAnotherLaboratoryTakesOverAgainAndAgain_ParksAndNamesBoth()
    {
        var run = await _trainer.AddAsync();
        Directory.CreateDirectory(_trainer.Folders.Run(run).Path);
        CghJson.Save(_trainer.Folders.Run(run).LockHolder, new RunHolder(12, "lab-2") { Attempt = 7 });
        var training = _trainer.TrainAsync(run);

        for (var attempt = 1; attempt <= 3; attempt++)
        {
            _trainer.Attempt(attempt).Report(new AttemptEnded(RunStatus.Interrupted, Error: null, Result: null, Seconds: 1) { IsSuperseded = true });
            _trainer.Attempt(attempt).Exit(130);
        }

        _trainer.Until(() => training.IsCompleted);

        var parked = await _trainer.FindAsync(run);
        Assert.Equal(
            (RunStatus.Parked,
                $"process 12 on lab-2 has taken the run from process {Environment.ProcessId} on {Environment.MachineName}: two laboratories train in "
                + $"{_trainer.Folders.Run(run).Path}. Stop one of them, then requeue the run."),
            (parked.Status, parked.Error));
        Assert.Equal(3, _trainer.Attempts.Count);
    }

    [Fact]
    public async Task Train_ReportOfASupersededAttempt_ChangesNothing()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);
        await TakeOverAsync(run);

        attempt.Report(new AttemptRows(Curves.Test, 0, [[0, 10, 0.5, 80, 99]]));
        _trainer.Until(() => training.IsCompleted);

        Assert.Empty((await _trainer.Store.ReadRowsAsync(run, Curves.Test, cancellationToken: Stop)).Rows);
        Assert.Equal(2, (await _trainer.FindAsync(run)).Attempt);
    }

    [Fact]
    public async Task Train_StopRequestWhoseMessageWasLost_ReachesTheAttemptWithTheNextHeartbeat()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);

        Assert.True(await _trainer.Store.CommandAsync(run, RunCommand.Pause, Stop));
        _trainer.Until(() => attempt.StopRequests.Count > 0);
        attempt.End(RunStatus.Paused);
        _trainer.Until(() => training.IsCompleted);

        Assert.Equal([StopRequest.Pause], attempt.StopRequests);
        Assert.Equal((RunStatus.Paused, null), ((await _trainer.FindAsync(run)).Status, (await _trainer.FindAsync(run)).StopRequest));
        Assert.Equal(RunStatus.Paused, Assert.Single(_trainer.Published.OfType<RunEnded>()).Status);
    }

    [Fact]
    public async Task Stop_AttemptExitsInTime_RunIsHandedBackWithItsFailures()
    {
        var run = await _trainer.AddAsync(_trainer.Queued(new RunId(FakeTrainer.Experiment, "rm3")) with { Failures = 2 });
        var training = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);

        _trainer.Stop();
        _trainer.Until(() => attempt.IsHandedBack);
        attempt.End(RunStatus.Interrupted);
        _trainer.Until(() => training.IsCompleted);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => training);
        var queued = await _trainer.FindAsync(run);
        Assert.Equal((RunStatus.Queued, 2, false), (queued.Status, queued.Failures, queued.IsHeld));
        Assert.Empty(_trainer.Published.OfType<RunEnded>());
    }

    [Fact]
    public async Task Stop_AttemptDoesNotExit_IsKilledAfterTheGracePeriod()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);
        _trainer.Stop();
        var stopped = _trainer.Clock.GetUtcNow();

        for (var seconds = 0; seconds < 18; seconds += 2)
        {
            attempt.Report(new AttemptAlive());
            _trainer.Pass(TimeSpan.FromSeconds(2));
        }

        Assert.False(attempt.IsKilled);
        attempt.Report(new AttemptAlive());
        _trainer.Until(() => training.IsCompleted);

        Assert.True(attempt.IsKilled);
        Assert.True(_trainer.Clock.GetUtcNow() - stopped >= TimeSpan.FromSeconds(20));
        Assert.Equal(RunStatus.Queued, (await _trainer.FindAsync(run)).Status);
    }

    [Fact]
    public async Task Train_ShareIsUnmounted_WaitsAndCountsNoFailure()
    {
        var run = await _trainer.AddAsync();
        _ = _trainer.TrainAsync(run);
        var record = _trainer.Folders.Experiment(run.Experiment).Record;
        var attempt = _trainer.Attempt(1);
        File.Move(record, record + ".away");

        attempt.End(RunStatus.Failed, "There is no such folder.");
        _trainer.Pass(TimeSpan.FromMinutes(1));
        Assert.Single(_trainer.Attempts);
        File.Move(record + ".away", record);
        _trainer.Attempt(2);

        Assert.Equal(
            (RunStatus.Running, 2, 0),
            ((await _trainer.FindAsync(run)).Status, (await _trainer.FindAsync(run)).Attempt, (await _trainer.FindAsync(run)).Failures));
    }

    [Fact]
    public async Task Train_StoreIsFlushedWhileTheAttemptEnds_OutcomeIsStored()
    {
        var run = await _trainer.AddAsync();
        var training = _trainer.TrainAsync(run);
        var attempt = _trainer.Attempt(1);
        var before = await _trainer.FindAsync(run);
        var experiment = (await _trainer.Store.FindExperimentAsync(run.Experiment, Stop))!;
        _trainer.Store.Flush();

        attempt.End(RunStatus.Completed);
        _trainer.Pass(TimeSpan.FromSeconds(5));
        Assert.False(training.IsCompleted);
        await _trainer.Store.AddExperimentAsync(experiment, [before with { Holder = null }], Stop);
        _trainer.Until(() => training.IsCompleted);

        Assert.Equal(RunStatus.Completed, (await _trainer.FindAsync(run)).Status);
        Assert.Equal(RunStatus.Completed, Assert.Single(_trainer.Published.OfType<RunEnded>()).Status);
    }

    [Fact]
    public async Task Train_CancellingRunWhoseTrainerIsGone_IsCancelledAtOnce()
    {
        var id = new RunId(FakeTrainer.Experiment, "rm3");
        var run = await _trainer.AddAsync(_trainer.Queued(id) with { Status = RunStatus.Running, Attempt = 3, StopRequest = StopRequest.Cancel });

        await _trainer.TrainAsync(run);

        Assert.Equal((RunStatus.Cancelled, 3), ((await _trainer.FindAsync(run)).Status, (await _trainer.FindAsync(run)).Attempt));
        Assert.Empty(_trainer.Attempts);
        Assert.Equal(RunStatus.Cancelled, Assert.Single(_trainer.Published.OfType<RunEnded>()).Status);
    }

    // Another trainer, for which the lease appeared to have expired.
    private Task TakeOverAsync(RunId run) => _trainer.Store.ChangeRunAsync(
        run, state => RunLifecycle.Apply(state with { Holder = null }, new AttemptBegun("elsewhere", "another", Above: 0), _trainer.Clock.GetUtcNow()), Stop);
}
