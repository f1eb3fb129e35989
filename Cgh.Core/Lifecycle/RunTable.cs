using System.Collections.Frozen;
using static Cgh.Core.Lifecycle.RunPhase;
using static Cgh.Core.Lifecycle.RunTrigger;

namespace Cgh.Core.Lifecycle;

/// <summary>
/// Where a run goes from each phase on each trigger. What is not listed is refused. A run that came to rest stays so whatever its attempt reports
/// about its end, with two exceptions: a completed run folder is complete, and an attempt that makes progress trains.
/// </summary>
/// <remarks>
/// The message <c>StartRun</c>, unacknowledged until the run has ended, is the lease: the broker takes it back from a dead trainer without any timer of
/// ours. A saga would hold the same fact a second time, in a repository that has to be reconciled with the run folders like the store, and would need
/// a scheduler for what the message gives for nothing. So the table has no state for "leased" and the store no owner column, only a heartbeat that
/// says whether a redelivered message still has a living trainer behind it.
/// </remarks>
public static class RunTable
{
    private static readonly FrozenDictionary<(RunPhase From, RunTrigger On), RunPhase> s_next = new Dictionary<RunTrigger, (RunPhase From, RunPhase To)[]>
    {
        [Cancel] =
        [
            (Queued, Cancelled), (Running, Cancelling), (Pausing, Cancelling), (Cancelling, Cancelling),
            (Interrupted, Cancelled), (Paused, Cancelled), (Parked, Cancelled),
        ],
        // Cancel outweighs pause, whichever came first.
        [Pause] = [(Queued, Paused), (Running, Pausing), (Pausing, Pausing), (Cancelling, Cancelling)],
        [Resume] = [(Interrupted, Queued), (Failed, Queued), (Cancelled, Queued), (Paused, Queued), (Parked, Queued)],
        [Offer] = [(Queued, Queued)],
        [DatasetFails] = [(Queued, Failed)],
        // A running run is taken over when nobody holds it.
        [AttemptBegins] = [(Queued, Running), (Running, Running), (Interrupted, Running)],
        [AttemptRecords] = Everywhere(phase => phase),
        // At rest with a living attempt: the store was refilled from a folder that was seconds behind.
        [AttemptProgresses] =
        [
            (Queued, Running), (Running, Running), (Pausing, Pausing), (Cancelling, Cancelling), (Interrupted, Running),
            (Failed, Running), (Cancelled, Running), (Paused, Running), (Parked, Running),
        ],
        [AttemptCompletes] = Everywhere(_ => Completed),
        [AttemptCancels] = Everywhere(phase => phase is Completed or Failed ? phase : Cancelled),
        [AttemptPauses] = Ends(Paused, pausing: Paused, cancelling: Cancelled),
        [AttemptIsInterrupted] = Ends(Queued, pausing: Paused, cancelling: Cancelled),
        [AttemptFails] = Ends(Queued, pausing: Paused, cancelling: Cancelled),
        [AttemptFailsOnceMore] = Ends(Parked, pausing: Parked, cancelling: Cancelled),
        [AttemptFailsForGood] = Ends(Failed, pausing: Failed, cancelling: Failed),
        [TrainerGivesBack] = Ends(Queued, pausing: Paused, cancelling: Cancelled),
        [TrainerIsLost] = [(Running, Queued), (Pausing, Paused), (Cancelling, Cancelled)],
    }
    .SelectMany(row => row.Value.Select(cell => KeyValuePair.Create((cell.From, row.Key), cell.To)))
    .ToFrozenDictionary();

    /// <summary>The next phase; null when the trigger is not allowed in this one.</summary>
    public static RunPhase? Next(RunPhase from, RunTrigger on) => s_next.TryGetValue((from, on), out var to) ? to : null;

    private static (RunPhase From, RunPhase To)[] Everywhere(Func<RunPhase, RunPhase> to) => [.. Enum.GetValues<RunPhase>().Select(phase => (phase, to(phase)))];

    // The end of an attempt: a pending stop request takes effect, and what is at rest stays so.
    private static (RunPhase From, RunPhase To)[] Ends(RunPhase to, RunPhase pausing, RunPhase cancelling) => Everywhere(phase => phase switch
    {
        Pausing => pausing,
        Cancelling => cancelling,
        Queued or Running or Interrupted => to,
        _ => phase,
    });
}
