using System.Collections.Frozen;
using static Cgh.Core.Lifecycle.RunPhase;
using static Cgh.Core.Lifecycle.RunTrigger;

namespace Cgh.Core.Lifecycle;

/// <summary>
/// The next phase for each phase and trigger; combinations not listed are refused. A run that has stopped stays so whatever its attempt reports,
/// with two exceptions: completing always counts, and an attempt that makes progress is running, with a stop request if the run was cancelled or paused.
/// </summary>
/// <remarks>
/// The <c>StartRun</c> message, unacknowledged until the run has ended, is the lease: the broker redelivers it when a trainer dies. A saga would
/// store the same fact again, in a repository to reconcile with the run folders, and would need a scheduler. So there is no "leased" phase; the
/// store has only a heartbeat, which tells whether a redelivered message still has a live trainer.
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
        // Cancel overrides pause, whichever came first.
        [Pause] = [(Queued, Paused), (Running, Pausing), (Pausing, Pausing), (Cancelling, Cancelling)],
        [Resume] = [(Interrupted, Queued), (Failed, Queued), (Cancelled, Queued), (Paused, Queued), (Parked, Queued)],
        [Offer] = [(Queued, Queued)],
        [DatasetFails] = [(Queued, Failed)],
        // From Running: taken over from a trainer that no longer holds it.
        [AttemptBegins] = [(Queued, Running), (Running, Running), (Interrupted, Running)],
        [AttemptRecords] = Everywhere(phase => phase),
        // Stopped with a live attempt: the store was refilled from a folder that was seconds behind. Cancelled or paused: its trainer was taken for
        // dead when the command came, so the request has yet to reach it.
        [AttemptProgresses] =
        [
            (Queued, Running), (Running, Running), (Pausing, Pausing), (Cancelling, Cancelling), (Interrupted, Running),
            (Failed, Running), (Cancelled, Cancelling), (Paused, Pausing), (Parked, Running),
        ],
        [AttemptCompletes] = Everywhere(_ => Completed),
        [AttemptCancels] = Everywhere(phase => phase is Completed or Failed ? phase : Cancelled),
        [AttemptPauses] = Ends(Paused, pausing: Paused, cancelling: Cancelled),
        [AttemptIsInterrupted] = Ends(Queued, pausing: Paused, cancelling: Cancelled),
        [AttemptFails] = Ends(Queued, pausing: Paused, cancelling: Cancelled),
        [AttemptFailsTooOften] = Ends(Parked, pausing: Parked, cancelling: Cancelled),
        [AttemptFailsPermanently] = Ends(Failed, pausing: Failed, cancelling: Failed),
        [TrainerHandsBack] = Ends(Queued, pausing: Paused, cancelling: Cancelled),
        [TrainerIsLost] = [(Running, Queued), (Pausing, Paused), (Cancelling, Cancelled)],
    }
    .SelectMany(row => row.Value.Select(cell => KeyValuePair.Create((cell.From, row.Key), cell.To)))
    .ToFrozenDictionary();

    /// <summary>The next phase; null if the trigger is not allowed in this phase.</summary>
    public static RunPhase? Next(RunPhase from, RunTrigger on) => s_next.TryGetValue((from, on), out var to) ? to : null;

    private static (RunPhase From, RunPhase To)[] Everywhere(Func<RunPhase, RunPhase> to) =>
        [.. Enum.GetValues<RunPhase>().Select(phase => (phase, to(phase)))];

    // The end of an attempt: a pending stop request takes effect; stopped runs stay as they are.
    private static (RunPhase From, RunPhase To)[] Ends(RunPhase to, RunPhase pausing, RunPhase cancelling) => Everywhere(phase => phase switch
    {
        Pausing => pausing,
        Cancelling => cancelling,
        Queued or Running or Interrupted => to,
        _ => phase,
    });
}
