using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Components;

/// <summary>Describes a run's status for people, the same way on every page.</summary>
internal static class StatusText
{
    /// <summary>As for a status, in the words of what the run does: a stage does not train.</summary>
    public static string Explanation(RunState run) => Elsewhere(run) ?? (run.Spec.Derive is null ? Explanation(run.Status) : run.Status switch
    {
        RunStatus.Running => "Deriving.",
        RunStatus.Completed => "Everything is derived.",
        RunStatus.Interrupted => "Interrupted. It can be resumed.",
        RunStatus.Paused => "Paused by a user. It can be resumed.",
        _ => Explanation(run.Status),
    });

    /// <summary>Who trains a run that this laboratory's trainers do not; null for all other runs.</summary>
    public static string? Elsewhere(RunState run) =>
        run.Elsewhere is { } holder ? $"Trained outside of this laboratory, by {holder.Visible()}. It can only be stopped there." : null;

    public static string Explanation(RunStatus status) => status switch
    {
        RunStatus.Queued => "Waiting for its dataset, for another run or for a trainer.",
        RunStatus.Running => "Training.",
        RunStatus.Interrupted => "Interrupted. It can be resumed from its last checkpoint.",
        RunStatus.Completed => "Trained to the last epoch.",
        RunStatus.Failed => "Failed. A retry will fail the same way until the cause is fixed.",
        RunStatus.Cancelled => "Cancelled by a user.",
        RunStatus.Paused => "Paused by a user. It can be resumed from its last checkpoint.",
        _ => "Parked after several failed attempts in a row. Fix the cause, then requeue it.",
    };

    /// <summary>What the run does: the title of its rule, or the kind of its stage.</summary>
    public static string Title(RunSpec spec) => spec.Derive is { } stage ? stage.KindName : spec.Rule.Title;

    /// <summary>Label of the button that queues a run again.</summary>
    public static string ResumeButton(RunStatus status) => status is RunStatus.Parked or RunStatus.Failed ? "Requeue" : "Resume";

    /// <summary>Tooltip of the button that queues a run again.</summary>
    public static string ResumeExplanation(RunState run) => run.Status is RunStatus.Parked or RunStatus.Failed
        ? "Queue it again and reset its failure count. It continues from its last checkpoint, or starts over if it has none."
        : run.Attempt == 0 ? "Queue it again." : "Queue it again. It continues from its last checkpoint.";

    /// <summary>The run's error with what follows from it, in one line; null without an error.</summary>
    public static string? Error(RunState run) => run switch
    {
        { Error: null } => null,
        { Status: RunStatus.Parked } => $"Parked after {Failures(run)} in a row. Last error: {run.Error.Visible()}",
        { Status: RunStatus.Queued or RunStatus.Running } => $"Retrying after {Failures(run)}. Last error: {run.Error.Visible()}",
        _ => run.Error.Visible(),
    };

    /// <summary>The machine that trains the run, and the attempt; null before the first.</summary>
    public static string? Location(RunState run) => run switch
    {
        { Attempt: 0 } => null,
        { Elsewhere: { } holder } => holder.Visible(),
        { Status: RunStatus.Running } => $"{run.Host.Visible()}, attempt {run.Attempt}",
        { Attempt: > 1 } => $"{run.Attempt} attempts",
        _ => null,
    };

    // A store rebuilt from the run folders has lost the count.
    private static string Failures(RunState run) => run.Failures switch
    {
        0 => "failed attempts",
        1 => "1 failed attempt",
        _ => $"{run.Failures} failed attempts",
    };
}
