using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Core.Lifecycle;

/// <summary>
/// The lifecycle of a run: applies an event by <see cref="RunTable"/> and returns the new state and its effects. A pure function, because the
/// store's compare-and-swap loop may call it several times.
/// </summary>
public static class RunLifecycle
{
    /// <summary>Applies an event.</summary>
    /// <param name="run">The stored state, including its <see cref="RunState.Holder"/>.</param>
    /// <param name="happened">The event.</param>
    /// <param name="now">The time of the event.</param>
    public static Transition<RunState> Apply(RunState run, RunEvent happened, DateTimeOffset now)
    {
        if (Guard(run, happened) is { } refusal)
        {
            return Transition.Refused(run, refusal);
        }

        var trigger = Trigger(run, happened);
        return RunTable.Next(run.Phase(), trigger) is { } next
            ? Transition.To(Change(run, happened, next, now), Effects(run, happened, next, now))
            : Transition.Refused(run, Describe(run.Phase(), isRequested: run.Phase() == Requested(trigger)));
    }

    /// <summary>Maps an event to its trigger in the table.</summary>
    public static RunTrigger Trigger(RunState run, RunEvent happened) => happened switch
    {
        RunCommanded { Command: RunCommand.Cancel } => RunTrigger.Cancel,
        RunCommanded { Command: RunCommand.Pause } => RunTrigger.Pause,
        RunCommanded { Command: RunCommand.Resume } => RunTrigger.Resume,
        RunOffered => RunTrigger.Offer,
        DatasetFailed => RunTrigger.DatasetFails,
        AttemptBegun => RunTrigger.AttemptBegins,
        AttemptReported reported => reported.Reports.Any(report => report is AttemptProgressed) ? RunTrigger.AttemptProgresses : RunTrigger.AttemptRecords,
        RunHandedBack => RunTrigger.TrainerHandsBack,
        TrainerLost => RunTrigger.TrainerIsLost,
        AttemptConcluded { Ended: var ended } concluded => ended switch
        {
            { Status: RunStatus.Completed } => RunTrigger.AttemptCompletes,
            { Status: RunStatus.Cancelled } => RunTrigger.AttemptCancels,
            { Status: RunStatus.Paused } => RunTrigger.AttemptPauses,
            { Status: RunStatus.Interrupted } => RunTrigger.AttemptIsInterrupted,
            { Status: RunStatus.Failed, IsFinal: true } => RunTrigger.AttemptFailsPermanently,
            { Status: RunStatus.Failed } => Failures(run, concluded) < concluded.Retry.MaxFailures ? RunTrigger.AttemptFails : RunTrigger.AttemptFailsTooOften,
            _ => throw new ArgumentOutOfRangeException(nameof(happened), ended.Status, "An attempt cannot end with this status."),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "Unknown event."),
    };

    private static string? Guard(RunState run, RunEvent happened) => happened switch
    {
        RunCommanded or AttemptBegun or TrainerLost when run.Elsewhere is { } holder => $"{holder} trains it; stop it there",
        { FromAttempt: { } attempt } when attempt != run.Attempt => $"its newest attempt is {run.Attempt}, not {attempt}",
        AttemptBegun begun when run.Holder is not null && run.Holder != begun.Holder => "another trainer holds it",
        TrainerLost when run.IsHeld => "its trainer is alive",
        _ => null,
    };

    private static RunState Change(RunState run, RunEvent happened, RunPhase next, DateTimeOffset now)
    {
        var changed = run.In(next) with { Ended = next.IsActive() ? null : next == run.Phase() ? run.Ended : now };
        switch (happened)
        {
            case RunCommanded { Command: RunCommand.Resume }:
                return changed with { Queued = now, Offered = null, Error = null, Failures = 0, LastFailure = 0 };
            case RunOffered:
                return changed with { Offered = now };
            case DatasetFailed failed:
                return changed with { Error = failed.Error };
            case AttemptBegun begun:
                return changed with
                {
                    Attempt = Math.Max(run.Attempt, begun.Above) + 1,
                    Host = begun.Host,
                    Holder = begun.Holder,
                    Started = run.Started ?? now,
                    AttemptStarted = now,
                    Error = null,
                };
            case AttemptReported reported:
                return reported.Reports.Aggregate(changed, (state, report) => state.With(report, reported.Host));
            case AttemptConcluded { Ended.Status: not RunStatus.Completed } or RunHandedBack when next == run.Phase() && !next.IsActive():
                // It had already stopped: keep the figures of that moment.
                return run;
            case AttemptConcluded concluded:
                return Conclude(changed, concluded, Failures(run, concluded), now);
            case RunHandedBack:
                return changed with { Offered = now, SecondsLeft = null, Error = next == RunPhase.Queued ? null : run.Error };
            case TrainerLost:
                return changed with { Offered = next == RunPhase.Queued ? now : run.Offered, SecondsLeft = null };
            default:
                return changed;
        }
    }

    private static RunState Conclude(RunState changed, AttemptConcluded concluded, int failures, DateTimeOffset now)
    {
        var ended = concluded.Ended;
        var isComplete = changed.Status == RunStatus.Completed;
        return changed with
        {
            Error = ended.Error,
            Failures = failures,
            LastFailure = ended.Status == RunStatus.Failed ? concluded.Attempt : changed.LastFailure,
            Offered = now,
            SecondsLeft = null,
            Latest = ended.Result ?? changed.Latest,
            Epoch = isComplete ? changed.Spec.Epochs : changed.Epoch,
            Step = isComplete ? changed.TotalSteps : changed.Step,
        };
    }

    // The same event may arrive twice; each attempt counts once.
    private static int Failures(RunState run, AttemptConcluded concluded) =>
        concluded.Ended.Status != RunStatus.Failed || !concluded.IsFolderAvailable ? 0
        : run.LastFailure == concluded.Attempt ? run.Failures
        : concluded.MadeProgress ? 1
        : run.Failures + 1;

    private static IReadOnlyList<LifecycleEffect> Effects(RunState run, RunEvent happened, RunPhase next, DateTimeOffset now)
    {
        LifecycleEffect[] ended = next.IsActive() ? [] : [Ended(Change(run, happened, next, now))];
        return happened switch
        {
            RunCommanded { Command: not RunCommand.Resume } => next switch
            {
                RunPhase.Cancelling => [new StopAttempt(run.Id, StopRequest.Cancel)],
                RunPhase.Pausing => [new StopAttempt(run.Id, StopRequest.Pause)],
                _ => ended,
            },
            RunCommanded => [new ReopenExperiment(run.Id.Experiment)],
            RunOffered => [new SendStartRun(run.Id)],
            AttemptBegun begun => [new TakeLease(begun.Holder)],
            // The trainer holds the run during the delay.
            AttemptConcluded concluded when next == RunPhase.Queued =>
                [new RetryAttempt(concluded.Ended.Status == RunStatus.Interrupted ? TimeSpan.Zero : concluded.Retry.Delay(Failures(run, concluded)))],
            AttemptConcluded or RunHandedBack => [new ReleaseLease(), .. ended],
            TrainerLost => [new ReleaseLease(), .. next == RunPhase.Queued ? [new SendStartRun(run.Id)] : ended],
            _ => [],
        };
    }

    private static PublishRunEnded Ended(RunState run) => new(run.Id, run.Attempt, run.Status, run.Error);

    private static RunPhase? Requested(RunTrigger trigger) => trigger switch
    {
        RunTrigger.Cancel => RunPhase.Cancelled,
        RunTrigger.Pause => RunPhase.Paused,
        RunTrigger.Resume => RunPhase.Queued,
        _ => null,
    };

    private static string Describe(RunPhase phase, bool isRequested) => phase switch
    {
        RunPhase.Completed => "it has completed",
        RunPhase.Failed => "it has failed",
        RunPhase.Pausing => "it is being paused",
        RunPhase.Cancelling => "it is being cancelled",
        _ => $"it is {(isRequested ? "already " : "")}{phase.ToString().ToLowerInvariant()}",
    };
}
