using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>A message that no service could handle.</summary>
/// <param name="When">When it came.</param>
/// <param name="Queue">Where it came, such as <c>start-run</c>; the message itself now lies in <c>start-run_error</c> or <c>start-run_skipped</c>.</param>
/// <param name="What">Its type as far as it is known, such as <c>StartRun</c>.</param>
/// <param name="Reason">Why it was rejected, in one line.</param>
/// <param name="Body">Its first 1,024 characters.</param>
public sealed record RejectedMessage(DateTimeOffset When, string Queue, string What, string Reason, string Body);

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
    Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default);

    Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default);

    /// <summary>Reads, has <paramref name="decide"/> say what follows, and writes that if nobody else has written meanwhile; else again.</summary>
    /// <returns>What was decided; refused when there is no such experiment.</returns>
    Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default);

    Task<RunState?> FindRunAsync(RunId id, CancellationToken cancellationToken = default);

    /// <summary>Runs of one experiment in the recipe's order.</summary>
    Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken cancellationToken = default);

    /// <summary>Runs of all experiments, newest experiment first.</summary>
    Task<IReadOnlyList<RunState>> ListRunsAsync(int max = 500, CancellationToken cancellationToken = default);

    /// <summary>
    /// As <see cref="ChangeExperimentAsync"/>. The decision sees who holds the run, and its lease effects are part of the write; the other effects are
    /// the caller's to carry out.
    /// </summary>
    Task<Transition<RunState>> ChangeRunAsync(RunId id, Func<RunState, Transition<RunState>> decide, CancellationToken cancellationToken = default);

    /// <summary>A heartbeat: it prolongs the lease of a run, which ends 10 seconds after the last. False when superseded.</summary>
    Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default);

    /// <summary>Cuts every curve to the rows that its CSV holds, when an attempt begins.</summary>
    Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken cancellationToken = default);

    /// <summary>Appends rows of which the first has index <paramref name="first"/>; those that are there already are passed over.</summary>
    /// <exception cref="CurveGapException">The store has fewer rows than <paramref name="first"/>.</exception>
    Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken cancellationToken = default);

    /// <summary>Rows of a curve from index <paramref name="from"/> on.</summary>
    Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken cancellationToken = default);

    /// <summary>Adds a rejected message; the newest 100 are kept.</summary>
    Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default);

    /// <summary>Rejected messages, newest first.</summary>
    Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default);

    /// <summary>Forgets the rejected messages; those in the broker's queues stay.</summary>
    Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes a lock that only one holder has, or prolongs it; it goes by itself after <paramref name="expiry"/>.</summary>
    Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default);

    /// <summary>Lets go of a lock, if it is this holder's.</summary>
    Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default);

    /// <summary>False in a store that was never filled from the run folders, or that has lost everything since.</summary>
    Task<bool> IsFilledAsync(CancellationToken cancellationToken = default);

    /// <summary>Says that the store has been filled from the run folders.</summary>
    Task MarkFilledAsync(CancellationToken cancellationToken = default);

    Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default);

    Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default);
}
