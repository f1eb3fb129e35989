using Cgh.Core.Runs;

namespace Cgh.Core.Lifecycle;

/// <summary>Something that happens to a run. Events of an attempt carry its number and are refused once a newer attempt has started.</summary>
public abstract record RunEvent
{
    /// <summary>The attempt it comes from; null for other sources.</summary>
    public virtual int? FromAttempt => null;
}

/// <summary>A user's command.</summary>
public sealed record RunCommanded(RunCommand Command) : RunEvent;

/// <summary>The run is about to be sent to the trainers' queue.</summary>
public sealed record RunOffered : RunEvent;

/// <summary>The dataset cannot be prepared, the experiment's folder cannot be written, or its message was not sent.</summary>
public sealed record DatasetFailed(string Error) : RunEvent;

/// <summary>A trainer starts the next attempt.</summary>
/// <param name="Host">The machine, for display.</param>
/// <param name="Holder">Unique id of the trainer's process.</param>
/// <param name="Above">The newest attempt in the run folder; the new number is above it.</param>
public sealed record AttemptBegun(string Host, string Holder, int Above) : RunEvent;

/// <summary>The attempt's process has reported.</summary>
public sealed record AttemptReported(int Attempt, string Host, IReadOnlyList<AttemptEvent> Reports) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>The attempt's process has exited.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="Ended">How it ended.</param>
/// <param name="MadeProgress">It wrote a new checkpoint, which resets the failure count.</param>
/// <param name="IsFolderAvailable">False while the experiments' share is unmounted; failures then do not count.</param>
/// <param name="Retry">Decides whether to retry.</param>
public sealed record AttemptConcluded(int Attempt, AttemptEnded Ended, bool MadeProgress, bool IsFolderAvailable, RetryPolicy Retry) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>The trainer hands the run back because it is shutting down or the run has been stopped.</summary>
public sealed record RunHandedBack(int Attempt) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>The heartbeat of the run's trainer has expired.</summary>
public sealed record TrainerLost(int Attempt) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>A row of the lifecycle table: an event, or one of its outcomes where they lead to different phases.</summary>
public enum RunTrigger
{
    Cancel,
    Pause,
    Resume,
    Offer,
    DatasetFails,
    AttemptBegins,

    /// <summary>A report without progress, such as curve rows.</summary>
    AttemptRecords,
    AttemptProgresses,
    AttemptCompletes,
    AttemptCancels,
    AttemptPauses,

    /// <summary>Ended by a signal or an unmounted share; another attempt follows.</summary>
    AttemptIsInterrupted,

    /// <summary>Failed, with retries left.</summary>
    AttemptFails,

    /// <summary>Failed, with no retries left.</summary>
    AttemptFailsTooOften,

    /// <summary>Failed with an error that a retry would not fix.</summary>
    AttemptFailsPermanently,
    TrainerHandsBack,
    TrainerIsLost,
}
