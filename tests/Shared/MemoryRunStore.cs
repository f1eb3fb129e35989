using System.Diagnostics;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Tests;

/// <summary>An in-memory run store with the test's clock; it can be down or flushed, and records reads.</summary>
internal sealed class MemoryRunStore(TimeProvider? clock = null) : IRunStore
{
    private static readonly TimeSpan s_leaseDuration = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ExperimentState> _experiments = [];
    private readonly Dictionary<RunId, RunState> _runs = [];
    private readonly Dictionary<RunId, (string Holder, DateTimeOffset Until)> _leases = [];
    private readonly Dictionary<string, (string Holder, DateTimeOffset Until)> _locks = [];
    private readonly Dictionary<(RunId Run, string Curve), List<double[]>> _curves = [];
    private readonly Dictionary<string, DatasetState> _datasets = [];
    private readonly HashSet<string> _pausedDatasets = [];
    private readonly List<RejectedMessage> _rejected = [];
    private readonly Dictionary<string, TrainerState> _trainers = [];
    private TaskCompletionSource? _held;
    private bool _isFilled;
    private RebuildProgress? _rebuild;
    private int _calls;
    private int _tracedCalls;

    /// <summary>False to accept rows of unknown runs and of any attempt.</summary>
    public bool IsFenced { get; init; } = true;

    /// <summary>Makes every call fail, as without a server.</summary>
    public bool IsDown { get; set; }

    /// <summary>Number of calls so far.</summary>
    public int Calls => _calls;

    /// <summary>Number of calls so far that a real store would have added to a trace.</summary>
    public int TracedCalls => _tracedCalls;

    /// <summary>Blocks calls until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource();

    public void Release() => _held!.SetResult();

    /// <summary>Deletes everything, as FLUSHALL does.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            _experiments.Clear();
            _runs.Clear();
            _leases.Clear();
            _locks.Clear();
            _curves.Clear();
            _datasets.Clear();
            _pausedDatasets.Clear();
            _rejected.Clear();
            _trainers.Clear();
            _isFilled = false;
        }
    }

    /// <summary>The curve reads so far: the run and the first row.</summary>
    public List<(RunId Run, string Curve, int From)> Readings { get; } = [];

    /// <summary>Ids of the experiments added so far, in order.</summary>
    public List<string> Added { get; } = [];

    /// <summary>The saved states of datasets, in order.</summary>
    public List<DatasetState> SavedDatasets { get; } = [];

    public Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default) => Do(() =>
    {
        if (!_experiments.TryAdd(experiment.Id, experiment))
        {
            return false;
        }

        Added.Add(experiment.Id);
        foreach (var run in runs)
        {
            _runs[run.Id] = run;
        }

        return true;
    });

    public Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default) => Do(() => _experiments.GetValueOrDefault(id));

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<ExperimentState>>(() => [.. _experiments.Values.OrderByDescending(experiment => experiment.Created).Take(max)]);

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<ExperimentState>>(() => [.. ids.Select(id => _experiments.GetValueOrDefault(id)).OfType<ExperimentState>()]);

    public Task<IReadOnlyList<string>> ListExperimentIdsAsync(CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<string>>(() => [.. _experiments.Values.OrderByDescending(experiment => experiment.Created).Select(experiment => experiment.Id)]);

    public Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default) => Do(() =>
    {
        if (!_experiments.TryGetValue(id, out var experiment))
        {
            return Transition.Refused<ExperimentState>(null, $"there is no experiment {id}");
        }

        var decided = decide(experiment);
        _experiments[id] = decided.State!;
        return decided;
    });

    public Task<RunState?> FindRunAsync(RunId id, CancellationToken cancellationToken = default) => Do(() => Run(id));

    public Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<RunState>>(() => [.. _runs.Keys.Where(run => run.Experiment == experiment).Select(run => Run(run)!)]);

    public Task<IReadOnlyList<RunState>> ListRunsAsync(int max = 500, CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<RunState>>(() => [.. _runs.Keys.Take(max).Select(run => Run(run)!)]);

    public Task<Transition<RunState>> ChangeRunAsync(
        RunId id,
        Func<RunState, Transition<RunState>> decide,
        CancellationToken cancellationToken = default) => Do(() =>
    {
        if (Run(id) is not { } run)
        {
            return Transition.Refused<RunState>(null, "there is no such run");
        }

        var decided = decide(run);
        _runs[id] = decided.State!;
        foreach (var effect in decided.Effects)
        {
            switch (effect)
            {
                case TakeLease taken:
                    _leases[id] = (taken.Holder, _clock.GetUtcNow() + s_leaseDuration);
                    break;
                case ReleaseLease:
                    _leases.Remove(id);
                    break;
            }
        }

        return decided;
    });

    public Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default) => Fenced(id, attempt, () =>
        _leases[id] = (holder, _clock.GetUtcNow() + s_leaseDuration));

    public Task<bool> TrimCurvesAsync(
        RunId id,
        int attempt,
        IReadOnlyDictionary<string, int> rows,
        CancellationToken cancellationToken = default) => Fenced(id, attempt, () =>
    {
        foreach (var (curve, count) in rows)
        {
            var kept = Math.Min(count, Rows(id, curve).Count);
            Rows(id, curve).RemoveRange(kept, Rows(id, curve).Count - kept);
        }
    });

    public Task<bool> AppendRowsAsync(
        RunId id,
        int attempt,
        string curve,
        int first,
        IReadOnlyList<double[]> rows,
        CancellationToken cancellationToken = default) =>
        Fenced(id, attempt, () =>
        {
            var length = Rows(id, curve).Count;
            if (first > length)
            {
                throw new CurveGapException(id, curve, length, first);
            }

            Rows(id, curve).AddRange(rows.Skip(length - first));
        });

    public Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken cancellationToken = default) => Do(() =>
    {
        Readings.Add((id, curve, from));
        return new CurveRows(from, [.. Rows(id, curve).Skip(from)]);
    });

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default) => Do(() =>
    {
        SavedDatasets.Add(dataset);
        return _datasets[dataset.Name] = dataset;
    });

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default) => Do(() => _datasets.GetValueOrDefault(name));

    public Task PauseDatasetAsync(string name, CancellationToken cancellationToken = default) => Do(() => _pausedDatasets.Add(name));

    public Task ResumeDatasetAsync(string name, CancellationToken cancellationToken = default) => Do(() => _pausedDatasets.Remove(name));

    public Task<bool> IsDatasetPausedAsync(string name, CancellationToken cancellationToken = default) => Do(() => _pausedDatasets.Contains(name));

    public Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default) => Do(() =>
    {
        _rejected.Insert(0, message);
        return true;
    });

    public Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<RejectedMessage>>(() => [.. _rejected.Take(max)]);

    public Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default) => Do(() =>
    {
        _rejected.Clear();
        return true;
    });

    public Task ReportTrainerAsync(TrainerState trainer, CancellationToken cancellationToken = default) => Do(() =>
    {
        _trainers[trainer.Id] = trainer;
        return true;
    });

    public Task<IReadOnlyList<TrainerState>> ListTrainersAsync(CancellationToken cancellationToken = default) =>
        Do<IReadOnlyList<TrainerState>>(() =>
            [.. _trainers.Values.OrderBy(trainer => trainer.Host, StringComparer.Ordinal).ThenBy(trainer => trainer.Started)]);

    public Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default) => Do(() =>
    {
        if (_locks.TryGetValue(name, out var taken) && taken.Holder != holder && taken.Until > _clock.GetUtcNow())
        {
            return false;
        }

        _locks[name] = (holder, _clock.GetUtcNow() + expiry);
        return true;
    });

    public Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default) => Do(() =>
        _locks.TryGetValue(name, out var taken) && taken.Holder == holder && _locks.Remove(name));

    public Task<bool> IsFilledAsync(CancellationToken cancellationToken = default) => Do(() => _isFilled);

    public Task<RebuildProgress?> FindRebuildProgressAsync(CancellationToken cancellationToken = default) => Do(() => _rebuild);

    public Task SaveRebuildProgressAsync(RebuildProgress? progress, CancellationToken cancellationToken = default) => Do(() => _rebuild = progress);

    public Task MarkFilledAsync(CancellationToken cancellationToken = default) => Do(() => _isFilled = true);

    private RunState? Run(RunId id)
    {
        if (!_runs.TryGetValue(id, out var run))
        {
            return null;
        }

        var holder = _leases.TryGetValue(id, out var lease) && lease.Until > _clock.GetUtcNow() ? lease.Holder : null;
        return run with { Holder = holder };
    }

    private List<double[]> Rows(RunId id, string curve) =>
        _curves.TryGetValue((id, curve), out var rows) ? rows : _curves[(id, curve)] = [];

    private Task<bool> Fenced(RunId id, int attempt, Action write) => Do(() =>
    {
        if (IsFenced && (!_runs.TryGetValue(id, out var run) || run.Attempt != attempt))
        {
            return false;
        }

        write();
        return true;
    });

    private Task<T> Do<T>(Func<T> work)
    {
        Interlocked.Increment(ref _calls);
        if (Activity.Current is not null)
        {
            Interlocked.Increment(ref _tracedCalls);
        }

        return IsDown ? Task.FromException<T>(new TimeoutException("The server is not responding."))
            : _held is null ? Now()
            : LaterAsync(_held.Task);

        Task<T> Now()
        {
            lock (_gate)
            {
                try
                {
                    return Task.FromResult(work());
                }
                catch (CurveGapException error)
                {
                    return Task.FromException<T>(error);
                }
            }
        }

        async Task<T> LaterAsync(Task held)
        {
            await held;
            return await Now();
        }
    }
}
