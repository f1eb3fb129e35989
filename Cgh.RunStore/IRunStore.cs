using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>A message that no service could make anything of.</summary>
/// <param name="When">When it came.</param>
/// <param name="Queue">Where it came, such as <c>start-run</c>; the message itself now lies in <c>start-run_error</c> or <c>start-run_skipped</c>.</param>
/// <param name="What">Its type as far as it is known, such as <c>StartRun</c>.</param>
/// <param name="Reason">Why it was refused, in one line.</param>
/// <param name="Body">Its first 1,024 characters.</param>
public sealed record Trouble(DateTimeOffset When, string Queue, string What, string Reason, string Body);

/// <summary>Rows were to be appended behind rows that the store has lost: bring the curve up to date from its CSV.</summary>
public sealed class CurveGapException(RunId run, string curve, int length, int first)
    : Exception($"Curve {curve} of {run} has {length} rows in the store; rows from {first} on leave a gap.");

/// <summary>Rows of a curve from an index on.</summary>
/// <param name="First">Index of the first of <paramref name="Rows"/>.</param>
/// <param name="Rows">Numbers in the order of the CSV's columns.</param>
public sealed record CurveRows(int First, IReadOnlyList<double[]> Rows)
{
    /// <summary>Where to read on next time.</summary>
    public int Next => First + Rows.Count;
}

/// <summary>
/// Live state of experiments, runs and their curves, in a server that speaks Redis' protocol. It can be rebuilt from the
/// run folders; those are the record. Writes of a run carry the attempt they come from: once a newer attempt has begun,
/// those of an older one change nothing and return false.
/// </summary>
public interface IRunStore
{
    /// <summary>Adds an experiment with its runs, all at once; false, and nothing is changed, when there is one of that id.</summary>
    Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default);

    Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken stop = default);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int most = 200, CancellationToken stop = default);

    /// <summary>Reads, changes and writes back atomically; false when there is no such experiment or <paramref name="change"/> returned null.</summary>
    Task<bool> UpdateExperimentAsync(string id, Func<ExperimentState, ExperimentState?> change, CancellationToken stop = default);

    Task<RunState?> FindRunAsync(RunId id, CancellationToken stop = default);

    /// <summary>Runs of one experiment in the recipe's order.</summary>
    Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken stop = default);

    /// <summary>Runs of all experiments, newest experiment first.</summary>
    Task<IReadOnlyList<RunState>> ListRunsAsync(int most = 500, CancellationToken stop = default);

    /// <summary>
    /// Takes a queued run, or one that its trainer has lost, and the next attempt number; from now on older attempts can write
    /// nothing. Of several that try at once one succeeds.
    /// </summary>
    /// <param name="id">Which run.</param>
    /// <param name="host">The machine, for people.</param>
    /// <param name="holder">Names the trainer's process, unlike any other's.</param>
    /// <param name="after">The number to take is above this one: the newest that the run folder knows.</param>
    /// <param name="stop">Ends the wait for the server.</param>
    /// <returns>The number; null when the run is not there, is at rest, is wished to stop, or is in another trainer's hands.</returns>
    Task<int?> BeginAttemptAsync(RunId id, string host, string holder, int after, CancellationToken stop = default);

    /// <summary>Reads, changes and writes back the live state, if <paramref name="attempt"/> is still the last one.</summary>
    Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default);

    /// <summary>
    /// As <see cref="UpdateRunAsync"/>, and the run is in nobody's hands after it. One that would be queued again and is wished to stop is
    /// cancelled or paused instead, and one that would be put aside and is wished to be cancelled is cancelled.
    /// </summary>
    Task<bool> EndAttemptAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default);

    /// <summary>A sign of life: a run without one for 10 seconds is in nobody's hands. False when superseded.</summary>
    Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken stop = default);

    /// <summary>Cuts every curve to the rows that its CSV holds, when an attempt begins.</summary>
    Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken stop = default);

    /// <summary>Appends rows of which the first has index <paramref name="first"/>; those that are there already are passed over.</summary>
    /// <exception cref="CurveGapException">The store has fewer rows than <paramref name="first"/>.</exception>
    Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken stop = default);

    /// <summary>Rows of a curve from index <paramref name="from"/> on.</summary>
    Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken stop = default);

    /// <summary>Asks for a run to be cancelled; one that is not running is cancelled at once. False when it is completed, failed or cancelled, or is not there.</summary>
    Task<bool> RequestCancelAsync(RunId id, CancellationToken stop = default);

    /// <summary>Asks for a run to be put aside; a queued one is at once. False when it is at rest or is wished to be cancelled, or is not there.</summary>
    Task<bool> RequestPauseAsync(RunId id, CancellationToken stop = default);

    /// <summary>Queues a run that is at rest and not completed; its failures are forgotten. False when it is queued, running, completed or not there.</summary>
    Task<bool> RequeueAsync(RunId id, CancellationToken stop = default);

    /// <summary>Notes a message that was refused; the newest 100 are kept.</summary>
    Task AddTroubleAsync(Trouble trouble, CancellationToken stop = default);

    /// <summary>Messages that were refused, newest first.</summary>
    Task<IReadOnlyList<Trouble>> ListTroublesAsync(int most = 100, CancellationToken stop = default);

    /// <summary>Forgets the refused messages; those in the broker's queues stay.</summary>
    Task ClearTroublesAsync(CancellationToken stop = default);

    /// <summary>Takes a lock that only one holder has, or prolongs it; it goes by itself after <paramref name="expiry"/>.</summary>
    Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken stop = default);

    /// <summary>Lets go of a lock, if it is this holder's.</summary>
    Task ReleaseLockAsync(string name, string holder, CancellationToken stop = default);

    /// <summary>False in a store that was never filled from the run folders, or that has lost everything since.</summary>
    Task<bool> IsFilledAsync(CancellationToken stop = default);

    /// <summary>Says that the store has been filled from the run folders.</summary>
    Task MarkFilledAsync(CancellationToken stop = default);

    Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default);

    Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default);
}
