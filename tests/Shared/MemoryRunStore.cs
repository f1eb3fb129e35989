using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>A run store of a test's own: it can be away, and tells what was read from it. One thread at a time.</summary>
internal sealed class MemoryRunStore : IRunStore
{
    private readonly Dictionary<string, ExperimentState> _experiments = [];
    private readonly Dictionary<RunId, RunState> _runs = [];
    private readonly Dictionary<(RunId Run, string Curve), List<double[]>> _curves = [];
    private readonly Dictionary<string, DatasetState> _datasets = [];
    private readonly List<Trouble> _troubles = [];
    private TaskCompletionSource? _held;

    /// <summary>Every call fails as one to a server that is gone.</summary>
    public bool IsDown { get; set; }

    /// <summary>From now on calls wait until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource();

    public void Release() => _held!.SetResult();

    /// <summary>Each reading of a curve: whose, and from which row on.</summary>
    public List<(RunId Run, string Curve, int From)> Readings { get; } = [];

    public Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default) => Do(() =>
    {
        _experiments[experiment.Id] = experiment;
        foreach (var run in runs)
        {
            _runs[run.Id] = run;
        }

        return true;
    });

    public Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken stop = default) => Do(() => _experiments.GetValueOrDefault(id));

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int most = 200, CancellationToken stop = default) =>
        Do<IReadOnlyList<ExperimentState>>(() => [.. _experiments.Values.OrderByDescending(experiment => experiment.Created).Take(most)]);

    public Task<bool> UpdateExperimentAsync(string id, Func<ExperimentState, ExperimentState?> change, CancellationToken stop = default) => Do(() =>
    {
        var changed = _experiments.TryGetValue(id, out var experiment) ? change(experiment) : null;
        if (changed is not null)
        {
            _experiments[id] = changed;
        }

        return changed is not null;
    });

    public Task<RunState?> FindRunAsync(RunId id, CancellationToken stop = default) => Do(() => _runs.GetValueOrDefault(id));

    public Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken stop = default) =>
        Do<IReadOnlyList<RunState>>(() => [.. _runs.Values.Where(run => run.Id.Experiment == experiment)]);

    public Task<IReadOnlyList<RunState>> ListRunsAsync(int most = 500, CancellationToken stop = default) =>
        Do<IReadOnlyList<RunState>>(() => [.. _runs.Values.Take(most)]);

    public Task<int?> BeginAttemptAsync(RunId id, string host, string holder, int after, CancellationToken stop = default) => Do<int?>(() =>
    {
        _runs[id] = _runs[id] with { Attempt = _runs[id].Attempt + 1, Host = host, Status = RunStatus.Running };
        return _runs[id].Attempt;
    });

    public Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) => Do(() =>
    {
        _runs[id] = change(_runs[id]);
        return true;
    });

    public Task<bool> EndAttemptAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) => UpdateRunAsync(id, attempt, change, stop);

    public Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken stop = default) => Do(() => true);

    public Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken stop = default) => Do(() =>
    {
        foreach (var (curve, count) in rows)
        {
            Rows(id, curve).RemoveRange(count, Rows(id, curve).Count - count);
        }

        return true;
    });

    public Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken stop = default) => Do(() =>
    {
        Rows(id, curve).AddRange(rows.Skip(Rows(id, curve).Count - first));
        return true;
    });

    public Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken stop = default) => Do(() =>
    {
        Readings.Add((id, curve, from));
        return new CurveRows(from, [.. Rows(id, curve).Skip(from)]);
    });

    public Task<bool> RequestCancelAsync(RunId id, CancellationToken stop = default) => Do(() => Change(id, run => run.Status switch
    {
        RunStatus.Running => run with { StopRequest = StopRequest.Cancel },
        RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled => null,
        _ => run with { Status = RunStatus.Cancelled },
    }));

    public Task<bool> RequestPauseAsync(RunId id, CancellationToken stop = default) => Do(() => Change(id, run => run.Status switch
    {
        RunStatus.Running => run with { StopRequest = run.StopRequest ?? StopRequest.Pause },
        RunStatus.Queued => run with { Status = RunStatus.Paused },
        _ => null,
    }));

    public Task<bool> RequeueAsync(RunId id, CancellationToken stop = default) => Do(() =>
        Change(id, run => run.Status.CanResume() ? run with { Status = RunStatus.Queued, Error = null, Failures = 0 } : null));

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default) => Do(() => _datasets[dataset.Name] = dataset);

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default) => Do(() => _datasets.GetValueOrDefault(name));

    public Task AddTroubleAsync(Trouble trouble, CancellationToken stop = default) => Do(() =>
    {
        _troubles.Insert(0, trouble);
        return true;
    });

    public Task<IReadOnlyList<Trouble>> ListTroublesAsync(int most = 100, CancellationToken stop = default) => Do<IReadOnlyList<Trouble>>(() => [.. _troubles.Take(most)]);

    public Task ClearTroublesAsync(CancellationToken stop = default) => Do(() =>
    {
        _troubles.Clear();
        return true;
    });

    public Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken stop = default) => throw new NotSupportedException();

    public Task ReleaseLockAsync(string name, string holder, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> IsFilledAsync(CancellationToken stop = default) => throw new NotSupportedException();

    public Task MarkFilledAsync(CancellationToken stop = default) => throw new NotSupportedException();

    private bool Change(RunId id, Func<RunState, RunState?> change)
    {
        if (!_runs.TryGetValue(id, out var run) || change(run) is not { } changed)
        {
            return false;
        }

        _runs[id] = changed;
        return true;
    }

    private List<double[]> Rows(RunId id, string curve) =>
        _curves.TryGetValue((id, curve), out var rows) ? rows : _curves[(id, curve)] = [];

    private Task<T> Do<T>(Func<T> work)
    {
        return IsDown ? Task.FromException<T>(new TimeoutException("The server does not answer."))
            : _held is null ? Task.FromResult(work())
            : LaterAsync(_held.Task);

        async Task<T> LaterAsync(Task held)
        {
            await held;
            return work();
        }
    }
}
