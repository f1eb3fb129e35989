using Cgh.Core.Runs;

namespace Cgh.Core.Lifecycle;

/// <summary>Something that happens to a run. Those that come from an attempt carry its number and are refused once a newer attempt has begun.</summary>
public abstract record RunEvent
{
    /// <summary>The attempt that it comes from; null if it comes from elsewhere.</summary>
    public virtual int? FromAttempt => null;
}

/// <summary>A user's command.</summary>
public sealed record RunCommanded(RunCommand Command) : RunEvent;

/// <summary>The run is about to be put into the trainers' queue.</summary>
public sealed record RunOffered : RunEvent;

/// <summary>The dataset cannot be made, or the experiment's folder cannot be written.</summary>
public sealed record DatasetFailed(string Error) : RunEvent;

/// <summary>A trainer wants to begin the next attempt.</summary>
/// <param name="Host">The machine, for people.</param>
/// <param name="Holder">Names the trainer's process, unlike any other's.</param>
/// <param name="Above">The number must be above this one: the newest that the run folder knows.</param>
public sealed record AttemptBegun(string Host, string Holder, int Above) : RunEvent;

/// <summary>The attempt's process has reported.</summary>
public sealed record AttemptReported(int Attempt, string Host, IReadOnlyList<AttemptEvent> Reports) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>The attempt's process has left.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="Ended">How it ended.</param>
/// <param name="MadeProgress">It left a newer checkpoint than it found: earlier failures no longer count.</param>
/// <param name="IsFolderThere">False while the experiments' share is away: what fails then is no failure of the run.</param>
/// <param name="Retry">Decides about another attempt.</param>
public sealed record AttemptConcluded(int Attempt, AttemptEnded Ended, bool MadeProgress, bool IsFolderThere, RetryPolicy Retry) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>The trainer gives the run back: it is stopping, or the run is not to go on here.</summary>
public sealed record RunGivenBack(int Attempt) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>The run's trainer has sent no heartbeat for too long.</summary>
public sealed record TrainerLost(int Attempt) : RunEvent
{
    public override int? FromAttempt => Attempt;
}

/// <summary>A column of the lifecycle table: an event, told apart as far as it matters to where the run goes.</summary>
public enum RunTrigger
{
    Cancel,
    Pause,
    Resume,
    Offer,
    DatasetFails,
    AttemptBegins,

    /// <summary>Rows or figures that do not prove that the attempt trains now.</summary>
    AttemptRecords,
    AttemptProgresses,
    AttemptCompletes,
    AttemptCancels,
    AttemptPauses,

    /// <summary>Ended by a signal or with its share: another attempt follows.</summary>
    AttemptIsInterrupted,

    /// <summary>Failed, with attempts left.</summary>
    AttemptFails,

    /// <summary>Failed too often in a row.</summary>
    AttemptFailsOnceMore,

    /// <summary>Failed for a reason that another attempt would meet again.</summary>
    AttemptFailsForGood,
    TrainerGivesBack,
    TrainerIsLost,
}
