using System.Collections.Frozen;
using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using static Cgh.Core.Experiments.ExperimentStatus;
using static Cgh.Core.Lifecycle.ExperimentTrigger;

namespace Cgh.Core.Lifecycle;

/// <summary>The lifecycle of an experiment, a pure function like <see cref="RunLifecycle"/>.</summary>
public static class ExperimentLifecycle
{
    private static readonly FrozenDictionary<(ExperimentStatus From, ExperimentTrigger On), ExperimentStatus> s_next =
        new Dictionary<(ExperimentStatus From, ExperimentTrigger On), ExperimentStatus>
        {
            [(Preparing, DatasetIsRequested)] = Preparing,
            [(Running, DatasetIsRequested)] = Running,
            [(Preparing, DatasetArrives)] = Running,
            // Runs resumed since then are waiting for it.
            [(Running, DatasetArrives)] = Running,
            [(Preparing, IsAbandoned)] = Failed,
            [(Running, IsAbandoned)] = Failed,
            // Not from Running: the submission did arrive.
            [(Preparing, SubmissionFails)] = Failed,
            // The status changes only after the report is written, so that an ended experiment has one.
            [(Preparing, NoRunIsActive)] = Preparing,
            [(Running, NoRunIsActive)] = Running,
            [(Preparing, EndsCompleted)] = Completed,
            [(Running, EndsCompleted)] = Completed,
            [(Preparing, EndsInterrupted)] = Interrupted,
            [(Running, EndsInterrupted)] = Interrupted,
            [(Preparing, EndsFailed)] = Failed,
            [(Running, EndsFailed)] = Failed,
            [(Preparing, RunIsResumed)] = Preparing,
            [(Running, RunIsResumed)] = Running,
            [(Completed, RunIsResumed)] = Preparing,
            [(Interrupted, RunIsResumed)] = Preparing,
            [(Failed, RunIsResumed)] = Preparing,
        }.ToFrozenDictionary();

    /// <summary>The next status; null if the trigger is not allowed in this status.</summary>
    public static ExperimentStatus? Next(ExperimentStatus from, ExperimentTrigger on) => s_next.TryGetValue((from, on), out var to) ? to : null;

    /// <summary>Applies an event.</summary>
    public static Transition<ExperimentState> Apply(ExperimentState experiment, ExperimentEvent happened, DateTimeOffset now)
    {
        var trigger = Trigger(happened);
        return Next(experiment.Status, trigger) is { } next ? Move(experiment, happened, next, now)
            : trigger == SomeRunIsActive ? Transition.Refused(experiment, "some of its runs are queued or running")
            : Transition.Refused(experiment, Describe(experiment.Status));
    }

    /// <summary>Maps an event to its trigger in the table.</summary>
    public static ExperimentTrigger Trigger(ExperimentEvent happened) => happened switch
    {
        DatasetRequested => DatasetIsRequested,
        DatasetArrived => DatasetArrives,
        ExperimentAbandoned abandoned when abandoned.Runs.Any(run => run.IsActive()) => SomeRunIsActive,
        ExperimentAbandoned => IsAbandoned,
        SubmissionFailed => SubmissionFails,
        RunsExamined examined => IsOver(examined.Runs) ? NoRunIsActive : SomeRunIsActive,
        ReportWritten written when !IsOver(written.Runs) => SomeRunIsActive,
        ReportWritten written => ExperimentStatusExtensions.Outcome(written.Runs).Status switch
        {
            Completed => EndsCompleted,
            Interrupted => EndsInterrupted,
            _ => EndsFailed,
        },
        RunResumed => RunIsResumed,
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "Unknown event."),
    };

    private static Transition<ExperimentState> Move(ExperimentState experiment, ExperimentEvent happened, ExperimentStatus next, DateTimeOffset now)
    {
        var changed = experiment with { Status = next };
        switch (happened)
        {
            case DatasetRequested requested:
                return Transition.To(changed with { Asked = requested.WasSent ? now : null });
            case DatasetArrived:
                return Transition.To(changed, new OfferWaitingRuns(experiment.Id));
            case RunsExamined:
                return Transition.To(changed, new WriteReport(experiment.Id));
            case ExperimentAbandoned abandoned:
                return End(changed, abandoned.Error, now);
            case SubmissionFailed failed:
                // No event: the submitter gets the error, and no one else knows the experiment yet.
                return Transition.To(changed with { Error = failed.Error, Ended = now });
            case ReportWritten written:
                return End(changed, Join(ExperimentStatusExtensions.Outcome(written.Runs).Error, written.ReportError), now);
            case RunResumed:
                return Transition.To(
                    experiment.Status.IsOver() ? changed with { Asked = null, Error = null, Ended = null } : changed, new SendStartExperiment(experiment.Id));
            default:
                return Transition.To(changed);
        }
    }

    private static Transition<ExperimentState> End(ExperimentState changed, string? error, DateTimeOffset now) =>
        Transition.To(changed with { Error = error, Ended = now }, new PublishExperimentEnded(changed.Id, changed.Status, error));

    private static bool IsOver(IReadOnlyCollection<RunStatus> runs) => runs.Count > 0 && runs.All(run => !run.IsActive());

    private static string? Join(params string?[] sentences) => string.Join(' ', sentences.OfType<string>()) is { Length: > 0 } joined ? joined : null;

    private static string Describe(ExperimentStatus status) => status switch
    {
        Completed => "it has completed",
        Failed => "it has failed",
        _ => $"it is {status.ToString().ToLowerInvariant()}",
    };
}
