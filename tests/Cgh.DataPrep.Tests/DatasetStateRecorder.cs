using System.Collections.Concurrent;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.DataPrep.Tests;

/// <summary>A run store that records the saved dataset states, in order. DataPrep uses none of its other methods.</summary>
internal sealed class DatasetStateRecorder : IRunStore
{
    public ConcurrentQueue<DatasetState> States { get; } = new();

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default)
    {
        States.Enqueue(dataset);
        return Task.CompletedTask;
    }

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default) => Task.FromResult(States.LastOrDefault(state => state.Name == name));

    public Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int most = 200, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> UpdateExperimentAsync(string id, Func<ExperimentState, ExperimentState?> change, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<RunState?> FindRunAsync(RunId id, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunState>> ListRunsAsync(int most = 500, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<int?> BeginAttemptAsync(RunId id, string host, string holder, int after, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> EndAttemptAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> RequestCancelAsync(RunId id, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> RequestPauseAsync(RunId id, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> RequeueAsync(RunId id, CancellationToken stop = default) => throw new NotSupportedException();

    public Task AddTroubleAsync(Trouble trouble, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<Trouble>> ListTroublesAsync(int most = 100, CancellationToken stop = default) => throw new NotSupportedException();

    public Task ClearTroublesAsync(CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken stop = default) => throw new NotSupportedException();

    public Task ReleaseLockAsync(string name, string holder, CancellationToken stop = default) => throw new NotSupportedException();

    public Task<bool> IsFilledAsync(CancellationToken stop = default) => throw new NotSupportedException();

    public Task MarkFilledAsync(CancellationToken stop = default) => throw new NotSupportedException();
}
