using System.Collections.Concurrent;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.DataPrep.Tests;

/// <summary>A run store that records the saved dataset states, in order. DataPrep uses none of its other methods.</summary>
internal sealed class DatasetStateRecorder : IRunStore
{
    public ConcurrentQueue<DatasetState> States { get; } = new();

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default)
    {
        States.Enqueue(dataset);
        return Task.CompletedTask;
    }

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult(States.LastOrDefault(state => state.Name == name));

    public Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

    public Task<RunState?> FindRunAsync(RunId id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunState>> ListRunsAsync(int max = 500, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Transition<RunState>> ChangeRunAsync(RunId id, Func<RunState, Transition<RunState>> decide, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<bool> AppendRowsAsync(
        RunId id,
        int attempt,
        string curve,
        int first,
        IReadOnlyList<double[]> rows,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> IsFilledAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task MarkFilledAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
