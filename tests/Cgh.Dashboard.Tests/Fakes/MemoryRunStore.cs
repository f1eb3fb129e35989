using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>A run store of a test's own: it can be away, and tells what was read from it. One thread at a time.</summary>
internal sealed class MemoryRunStore : IRunStore
{
    private readonly Dictionary<string, ExperimentState> _experiments = [];
    private readonly Dictionary<RunId, RunState> _runs = [];
    private readonly Dictionary<(RunId Run, string Curve), List<double[]>> _curves = [];
    private readonly Dictionary<string, DatasetState> _datasets = [];
    private readonly HashSet<RunId> _cancelled = [];

    /// <summary>Every call fails as one to a server that is gone.</summary>
    public bool IsDown { get; set; }

    /// <summary>Each reading of a curve: whose, and from which row on.</summary>
    public List<(RunId Run, string Curve, int From)> Readings { get; } = [];

    public Task AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default) => Do(() =>
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

    public Task<int?> BeginAttemptAsync(RunId id, string host, CancellationToken stop = default) => Do<int?>(() =>
    {
        _runs[id] = _runs[id] with { Attempt = _runs[id].Attempt + 1, Host = host, Status = RunStatus.Running };
        return _runs[id].Attempt;
    });

    public Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) => Do(() =>
    {
        _runs[id] = change(_runs[id]);
        return true;
    });

    public Task<bool> BeatAsync(RunId id, int attempt, CancellationToken stop = default) => Do(() => true);

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

    public Task<bool> RequestCancelAsync(RunId id, CancellationToken stop = default) =>
        Do(() => _runs.TryGetValue(id, out var run) && run.Status is RunStatus.Queued or RunStatus.Running && _cancelled.Add(id));

    public Task<bool> IsCancelRequestedAsync(RunId id, CancellationToken stop = default) => Do(() => _cancelled.Contains(id));

    public Task<bool> RequeueAsync(RunId id, CancellationToken stop = default) => Do(() =>
    {
        _runs[id] = _runs[id] with { Status = RunStatus.Queued };
        return true;
    });

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default) => Do(() => _datasets[dataset.Name] = dataset);

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default) => Do(() => _datasets.GetValueOrDefault(name));

    private List<double[]> Rows(RunId id, string curve) =>
        _curves.TryGetValue((id, curve), out var rows) ? rows : _curves[(id, curve)] = [];

    private Task<T> Do<T>(Func<T> work) => IsDown ? Task.FromException<T>(new TimeoutException("The server does not answer.")) : Task.FromResult(work());
}
