using Cgh.Core.Experiments;
using Cgh.Core.Runs;

namespace Cgh.Core.Store;

/// <summary>Live state of an experiment.</summary>
public sealed record ExperimentState
{
    public required string Id { get; init; }

    public required Recipe Recipe { get; init; }

    public required DateTimeOffset Created { get; init; }

    public ExperimentStatus Status { get; init; } = ExperimentStatus.Preparing;

    /// <summary>One line when it failed.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? Ended { get; init; }
}

/// <summary>Live state of a run.</summary>
public sealed record RunState
{
    public required RunId Id { get; init; }

    public required RunSpec Spec { get; init; }

    public RunStatus Status { get; init; } = RunStatus.Queued;

    /// <summary>Number of the last attempt; 0 before the first.</summary>
    public int Attempt { get; init; }

    public string? Host { get; init; }

    public required DateTimeOffset Queued { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Epochs done, with the part of the current one.</summary>
    public double Epoch { get; init; }

    public long Step { get; init; }

    /// <summary>0 while unknown.</summary>
    public long TotalSteps { get; init; }

    public double? Loss { get; init; }

    public double ImagesPerSecond { get; init; }

    public double InputWait { get; init; }

    public double? SecondsLeft { get; init; }

    /// <summary>Last figures of each evaluation set, by the names of <see cref="Curves"/>.</summary>
    public IReadOnlyDictionary<string, EvaluationResult> Latest { get; init; } = new Dictionary<string, EvaluationResult>();

    public string? Error { get; init; }

    /// <summary>False when a running run's trainer has given no sign of life for a while; the store fills it in.</summary>
    public bool Responding { get; init; } = true;
}

/// <summary>Live state of the making of a dataset.</summary>
public sealed record DatasetState(string Name, string Stage, int Done, int Total, bool Ready, string? Error);

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
    /// <summary>Adds an experiment with its runs, all at once.</summary>
    Task AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default);

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

    /// <summary>Takes the next attempt number of a run; from now on older attempts can write nothing. Null when the run is not there.</summary>
    Task<int?> BeginAttemptAsync(RunId id, string host, CancellationToken stop = default);

    /// <summary>Reads, changes and writes back the live state, if <paramref name="attempt"/> is still the last one.</summary>
    Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default);

    /// <summary>A sign of life: a running run without one for 15 seconds is shown as not responding. False when superseded.</summary>
    Task<bool> BeatAsync(RunId id, int attempt, CancellationToken stop = default);

    /// <summary>Cuts every curve to the rows that its CSV holds, when an attempt begins.</summary>
    Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken stop = default);

    /// <summary>Appends rows of which the first has index <paramref name="first"/>; those that are there already are passed over.</summary>
    Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken stop = default);

    /// <summary>Rows of a curve from index <paramref name="from"/> on.</summary>
    Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken stop = default);

    /// <summary>Asks for a run to be cancelled; a queued one is cancelled at once. False when it has ended or is not there.</summary>
    Task<bool> RequestCancelAsync(RunId id, CancellationToken stop = default);

    Task<bool> IsCancelRequestedAsync(RunId id, CancellationToken stop = default);

    /// <summary>Queues a run that was interrupted, failed or cancelled again. False when it is queued, running, completed or not there.</summary>
    Task<bool> RequeueAsync(RunId id, CancellationToken stop = default);

    Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default);

    Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default);
}
