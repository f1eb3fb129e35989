using System.Diagnostics;
using Cgh.Core.Lifecycle;
using Cgh.Core.Messages;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>
/// Trains a run: starts attempts and applies their outcome to the lifecycle, until the run has ended, is parked or is handed back.
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

    /// <summary>Trains the run until it ends or stops; on <paramref name="stopping"/> the attempt writes a checkpoint and the run is handed back.</summary>
    /// <param name="id">The run.</param>
    /// <param name="held">Delivers stop requests.</param>
    /// <param name="stopping">The service is stopping.</param>
    /// <exception cref="OperationCanceledException">The run was handed back.</exception>
    public async Task TrainAsync(RunId id, HeldRun held, CancellationToken stopping)
    {
        int? last = null;
        while (true)
        {
            if (!await WaitForFolderAsync(id, last, stopping) || await BeginAsync(id, stopping) is not { } run)
            {
                await ReleaseAsync(id, last);
                stopping.ThrowIfCancellationRequested();
                return;
            }

            last = run.Attempt;
            events.Publish(new RunStarted(id, run.Attempt, TrainerIdentity.Host));
            if (await AttemptAsync(run, held, stopping) is not { } delay)
            {
                return;
            }

            await heartbeat.HoldAsync(id, run.Attempt, delay, stopping);
        }
    }

    // The store assigns a number above any in the run folder.
    private async Task<RunState?> BeginAsync(RunId id, CancellationToken stopping)
    {
        var begun = await store.ApplyAsync(id, new AttemptBegun(TrainerIdentity.Host, TrainerIdentity.Holder, folders.NewestAttempt(id)), clock, stopping);
        return begun.IsAllowed ? begun.State : null;
    }

    /// <returns>The delay before the next attempt; null if no attempt follows.</returns>
    private async Task<TimeSpan?> AttemptAsync(RunState run, HeldRun held, CancellationToken stopping)
    {
        using var span = telemetry.Begin(run);
        AttemptStarting(log, run.Id, run.Attempt);
        var checkpoint = folders.NewestCheckpoint(run.Id);
        var ended = await session.RunAsync(run, held, stopping);
        if (ended.IsSuperseded)
        {
            if (await store.FindRunAsync(run.Id, CancellationToken.None) is not { } now || now.Attempt > run.Attempt)
            {
                telemetry.Ended(run, span, "superseded", error: null);
                Superseded(log, run.Id, run.Attempt);
                return null;
            }

            ended = new AttemptEnded(RunStatus.Failed, TakenOver(run), Result: null, ended.Seconds);
        }

        if (ended.Status == RunStatus.Interrupted && !stopping.IsCancellationRequested)
        {
            // A signal to the process group may reach the attempt before it reaches this process.
            await clock.PauseAsync(s_stopSignalGrace, stopping);
        }

        // On shutdown the run is handed back for the next trainer; it has not ended.
        var isHandedBack = stopping.IsCancellationRequested && (ended.Status == RunStatus.Interrupted || ended is { Status: RunStatus.Failed, IsFinal: false });
        Report(run, ended, isHandedBack, span);
        var transition = await ConcludeAsync(
            run,
            isHandedBack
                ? new RunHandedBack(run.Attempt)
                : new AttemptConcluded(run.Attempt, ended, folders.NewestCheckpoint(run.Id) > checkpoint, folders.Exists(run.Id), options.Value.Retry),
            stopping);
        Publish(transition);
        if (isHandedBack)
        {
            stopping.ThrowIfCancellationRequested();
        }

        return transition.Effects.OfType<RetryAttempt>().SingleOrDefault()?.Delay;
    }

    // The store knows of no newer attempt, so another laboratory with the same folder has started it. The two would take the run from each other for ever.
    private string TakenOver(RunState run) =>
        $"{folders.Holder(run.Id)?.ToString() ?? "Another process"} has taken the run from {TrainerIdentity.Name}: two laboratories train in "
        + $"{folders.Run(run.Id).Path}. Stop one of them, then requeue the run.";

    private void Report(RunState run, AttemptEnded ended, bool isHandedBack, Activity? span)
    {
        var status = ended.Status.ToString().ToLowerInvariant();
        telemetry.Ended(run, span, isHandedBack ? "handed-back" : status, ended.Error);
        if (ended.Error is { } reason)
        {
            AttemptFailed(log, run.Id, run.Attempt, reason);
        }
        else
        {
            AttemptFinished(log, run.Id, run.Attempt, isHandedBack ? "handed back" : status);
        }
    }

    // Ignores the stopping token: the outcome must be stored. A store that was just flushed may be refilled from an older state of the run
    // folder; wait for the refill, or the run would appear to be running.
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

    // An unmounted share is not a failure of the run, so wait for it. False if the run was stopped or the service is stopping.
    private async Task<bool> WaitForFolderAsync(RunId id, int? attempt, CancellationToken stopping)
    {
        // May poll for hours; the trace keeps the attempts.
        Activity.Current = null;
        for (var isLogged = false; !folders.Exists(id); await clock.PauseAsync(s_sharePollInterval, stopping))
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
                FolderMissing(log, id, folders.Experiment(id.Experiment).Record);
            }

            if (run.IsHeld && attempt is { } current)
            {
                await store.BeatAsync(id, current, TrainerIdentity.Holder, CancellationToken.None);
            }
        }

        return !stopping.IsCancellationRequested;
    }

    // Gives up the run. A stop request that arrived while no trainer held it takes effect now.
    private async Task ReleaseAsync(RunId id, int? attempt)
    {
        if (attempt is { } current)
        {
            Publish(await store.ApplyAsync(id, new RunHandedBack(current), clock, CancellationToken.None));
        }

        Publish(await store.ChangeRunAsync(
            id,
            run => run.StopRequest is null
                ? Transition.Refused(run, "it has no stop request")
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Attempt} of {Run} was superseded by a newer attempt.")]
    private static partial void Superseded(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} of {Run} started.")]
    private static partial void AttemptStarting(ILogger log, RunId run, int attempt);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Attempt} of {Run} ended: {Outcome}.")]
    private static partial void AttemptFinished(ILogger log, RunId run, int attempt, string outcome);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Attempt} of {Run} failed: {Reason}")]
    private static partial void AttemptFailed(ILogger log, RunId run, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Run} is waiting: {Record} does not exist. Check that the share is mounted.")]
    private static partial void FolderMissing(ILogger log, RunId run, string record);
}
