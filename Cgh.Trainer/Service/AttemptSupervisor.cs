using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>
/// Trains a run: begins an attempt, has it run, and does what the lifecycle says about its end, until the run has ended, is parked or is given back.
/// </summary>
internal sealed partial class AttemptSupervisor(
    IRetryingRunStore store,
    AttemptSession session,
    AttemptHeartbeat heartbeat,
    RunFolders folders,
    IEventPublisher events,
    TrainerTelemetry telemetry,
    IOptions<TrainerOptions> options,
    TimeProvider clock,
    ILogger<AttemptSupervisor> log)
{
    private static readonly TimeSpan s_stopSignalGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_refillTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_refillPollInterval = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_sharePollInterval = TimeSpan.FromSeconds(2);

    /// <summary>Trains the run until it ends or is put aside; when <paramref name="stopping"/> is cancelled, the attempt writes a checkpoint and the run is given back.</summary>
    /// <param name="id">The run.</param>
    /// <param name="held">Where stop requests come from.</param>
    /// <param name="stopping">This process is to end.</param>
    /// <exception cref="OperationCanceledException">The run was given back.</exception>
    public async Task TrainAsync(RunId id, HeldRun held, CancellationToken stopping)
    {
        int? last = null;
        while (true)
        {
            if (!await WaitForFolderAsync(id, last, stopping) || await BeginAsync(id, stopping) is not { } run)
            {
                await LeaveAsync(id, last);
                stopping.ThrowIfCancellationRequested();
                return;
            }

            last = run.Attempt;
            events.Publish(new RunStarted(id, run.Attempt, ThisTrainer.Host));
            if (await AttemptAsync(run, held, stopping) is not { } delay)
            {
                return;
            }

            await heartbeat.HoldAsync(id, run.Attempt, delay, stopping);
        }
    }

    // The store gives the number, above those that the run folder knows; from now on the folder belongs to it.
    private async Task<RunState?> BeginAsync(RunId id, CancellationToken stopping)
    {
        var begun = await store.ApplyAsync(id, new AttemptBegun(ThisTrainer.Host, ThisTrainer.Holder, folders.NewestAttempt(id)), clock, stopping);
        return begun.IsAllowed ? begun.State : null;
    }

    /// <returns>How long to wait before the next attempt; null when there is to be none.</returns>
    private async Task<TimeSpan?> AttemptAsync(RunState run, HeldRun held, CancellationToken stopping)
    {
        using var span = telemetry.Begin(run.Id, run.Attempt);
        AttemptBegins(log, run.Id, run.Attempt);
        var checkpoint = folders.NewestCheckpoint(run.Id);
        var ended = await session.RunAsync(run, held, stopping);
        if (ended.IsSuperseded)
        {
            telemetry.Ended(run.Id, span, "superseded", error: null);
            Superseded(log, run.Id, run.Attempt);
            return null;
        }

        if (ended.Status == RunStatus.Interrupted && !stopping.IsCancellationRequested)
        {
            // A signal to the whole process group reaches the attempt before it reaches this process.
            await clock.PauseAsync(s_stopSignalGrace, stopping);
        }

        // A run that this service gives back on its way out waits for the next trainer: it has not ended.
        var isGivenBack = stopping.IsCancellationRequested && (ended.Status == RunStatus.Interrupted || ended is { Status: RunStatus.Failed, IsFinal: false });
        Report(run, ended, isGivenBack, span);
        var transition = await ConcludeAsync(
            run,
            isGivenBack
                ? new RunGivenBack(run.Attempt)
                : new AttemptConcluded(run.Attempt, ended, folders.NewestCheckpoint(run.Id) > checkpoint, folders.IsThere(run.Id), options.Value.Retry),
            stopping);
        Publish(transition);
        if (isGivenBack)
        {
            stopping.ThrowIfCancellationRequested();
        }

        return transition.Effects.OfType<RetryAttempt>().SingleOrDefault()?.Delay;
    }

    private void Report(RunState run, AttemptEnded ended, bool isGivenBack, System.Diagnostics.Activity? span)
    {
        var status = ended.Status.ToString().ToLowerInvariant();
        telemetry.Ended(run.Id, span, isGivenBack ? "handed-back" : status, ended.Error);
        if (ended.Error is { } reason)
        {
            AttemptFailed(log, run.Id, run.Attempt, reason);
        }
        else
        {
            AttemptIsOver(log, run.Id, run.Attempt, isGivenBack ? "given back" : status);
        }
    }

    // Not with the stopping token: others wait for this end. A store that was emptied just now may be refilled with what the run folder said a moment
    // ago: wait for that, or it would take the run for running.
    private async Task<Transition<RunState>> ConcludeAsync(RunState run, RunEvent happened, CancellationToken stopping)
    {
        var deadline = clock.GetUtcNow() + s_refillTimeout;
        while (true)
        {
            var transition = await store.ApplyAsync(run.Id, happened, clock, CancellationToken.None);
            if (transition.State is not null
                || stopping.IsCancellationRequested
                || clock.GetUtcNow() > deadline
                || await store.IsFilledAsync(CancellationToken.None))
            {
                return transition;
            }

            await clock.PauseAsync(s_refillPollInterval, stopping);
        }
    }

    // A share that has vanished comes back: that is no failure of the run. False when the run is not to go on, or this process is to end.
    private async Task<bool> WaitForFolderAsync(RunId id, int? attempt, CancellationToken stopping)
    {
        for (var isLogged = false; !folders.IsThere(id); await clock.PauseAsync(s_sharePollInterval, stopping))
        {
            if (stopping.IsCancellationRequested
                || await store.FindRunAsync(id, CancellationToken.None) is not { } run
                || RunTable.Next(run.Phase(), RunTrigger.AttemptBegins) is null)
            {
                return false;
            }

            if (!isLogged)
            {
                isLogged = true;
                FolderAway(log, id, folders.Experiment(id.Experiment).Record);
            }

            if (run.IsHeld && attempt is { } mine)
            {
                await store.BeatAsync(id, mine, ThisTrainer.Holder, CancellationToken.None);
            }
        }

        return !stopping.IsCancellationRequested;
    }

    // Nothing of the run is left to this trainer. A stop request that came while no trainer had the run takes effect now.
    private async Task LeaveAsync(RunId id, int? attempt)
    {
        if (attempt is { } mine)
        {
            Publish(await store.ApplyAsync(id, new RunGivenBack(mine), clock, CancellationToken.None));
        }

        Publish(await store.ChangeRunAsync(
            id,
            run => run.StopRequest is null
                ? Transition.Refused(run, "nobody asks it to stop")
                : RunLifecycle.Apply(run, new TrainerLost(run.Attempt), clock.GetUtcNow()),
            CancellationToken.None));
    }

    private void Publish(Transition<RunState> transition)
    {
        foreach (var ended in transition.Effects.OfType<PublishRunEnded>())
        {
            events.Publish(new RunEnded(ended.Run, ended.Attempt, ended.Status, ended.Error));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} at {Run} was superseded by a newer one and has ended.")]
    private static partial void Superseded(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} at {Run} begins.")]
    private static partial void AttemptBegins(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} at {Run} is over: {Outcome}.")]
    private static partial void AttemptIsOver(ILogger log, RunId run, int attempt, string outcome);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} at {Run} failed: {Reason}")]
    private static partial void AttemptFailed(ILogger log, RunId run, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Run} waits: {Record} is not there. Is a share away?")]
    private static partial void FolderAway(ILogger log, RunId run, string record);
}
