using System.Diagnostics;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>
/// The run store for services that work on when its server is away: every call waits until the server answers, or until it is
/// told to stop. A call that is repeated does what one call does; an attempt's number may skip one.
/// </summary>
public sealed partial class PatientRunStore(IRunStore store, ILogger<PatientRunStore> log) : IRunStore
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_sayAgain = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long? _said;

    // Loading, following a master, full, or without a disk: what it refuses now it takes when somebody has seen to it. A transaction says EXECABORT.
    private static readonly string[] s_notNow = ["LOADING", "MASTERDOWN", "READONLY", "MISCONF", "OOM", "NOREPLICAS", "CLUSTERDOWN", "BUSY ", "EXECABORT"];

    /// <summary>Whether the server cannot be reached, cannot answer or write at the moment, or went away; a run must not fail by it.</summary>
    public static bool IsAway(Exception error) => error is RedisConnectionException or RedisTimeoutException or TimeoutException
        || (error is RedisServerException && s_notNow.Any(reason => error.Message.StartsWith(reason, StringComparison.Ordinal)));

    public Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default) =>
        WaitAsync(() => store.AddExperimentAsync(experiment, runs, stop), stop);

    public Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken stop = default) => WaitAsync(() => store.FindExperimentAsync(id, stop), stop);

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int most = 200, CancellationToken stop = default) =>
        WaitAsync(() => store.ListExperimentsAsync(most, stop), stop);

    public Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ChangeExperimentAsync(id, decide, cancellationToken), cancellationToken);

    public Task<Transition<RunState>> ChangeRunAsync(RunId id, Func<RunState, Transition<RunState>> decide, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ChangeRunAsync(id, decide, cancellationToken), cancellationToken);

    public Task<RunState?> FindRunAsync(RunId id, CancellationToken stop = default) => WaitAsync(() => store.FindRunAsync(id, stop), stop);

    public Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken stop = default) =>
        WaitAsync(() => store.ListRunsAsync(experiment, stop), stop);

    public Task<IReadOnlyList<RunState>> ListRunsAsync(int most = 500, CancellationToken stop = default) =>
        WaitAsync(() => store.ListRunsAsync(most, stop), stop);

    public Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken stop = default) =>
        WaitAsync(() => store.BeatAsync(id, attempt, holder, stop), stop);

    public Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken stop = default) =>
        WaitAsync(() => store.TrimCurvesAsync(id, attempt, rows, stop), stop);

    public Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken stop = default) =>
        WaitAsync(() => store.AppendRowsAsync(id, attempt, curve, first, rows, stop), stop);

    public Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken stop = default) =>
        WaitAsync(() => store.ReadRowsAsync(id, curve, from, stop), stop);

    public Task AddTroubleAsync(Trouble trouble, CancellationToken stop = default) => WaitAsync(() => store.AddTroubleAsync(trouble, stop), stop);

    public Task<IReadOnlyList<Trouble>> ListTroublesAsync(int most = 100, CancellationToken stop = default) =>
        WaitAsync(() => store.ListTroublesAsync(most, stop), stop);

    public Task ClearTroublesAsync(CancellationToken stop = default) => WaitAsync(() => store.ClearTroublesAsync(stop), stop);

    public Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken stop = default) =>
        WaitAsync(() => store.TakeLockAsync(name, holder, expiry, stop), stop);

    public Task ReleaseLockAsync(string name, string holder, CancellationToken stop = default) => WaitAsync(() => store.ReleaseLockAsync(name, holder, stop), stop);

    public Task<bool> IsFilledAsync(CancellationToken stop = default) => WaitAsync(() => store.IsFilledAsync(stop), stop);

    public Task MarkFilledAsync(CancellationToken stop = default) => WaitAsync(() => store.MarkFilledAsync(stop), stop);

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default) => WaitAsync(() => store.SaveDatasetAsync(dataset, stop), stop);

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default) => WaitAsync(() => store.FindDatasetAsync(name, stop), stop);

    private async Task WaitAsync(Func<Task> call, CancellationToken stop) => await WaitAsync(
        async () =>
        {
            await call();
            return true;
        },
        stop);

    private async Task<T> WaitAsync<T>(Func<Task<T>> call, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                var answer = await call();
                Answered();
                return answer;
            }
            catch (Exception error) when (IsAway(error))
            {
                Said(error);
                await Task.Delay(s_pause, stop);
            }
        }
    }

    private void Said(Exception error)
    {
        lock (_gate)
        {
            if (_said is { } before && Stopwatch.GetElapsedTime(before) < s_sayAgain)
            {
                return;
            }

            _said = Stopwatch.GetTimestamp();
        }

        Waiting(log, AtomicFile.FirstLine(error));
    }

    private void Answered()
    {
        if (_said is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_said is null)
            {
                return;
            }

            _said = null;
        }

        Back(log);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run store's server does not answer; waiting for it. {Reason}")]
    private static partial void Waiting(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The run store's server answers again.")]
    private static partial void Back(ILogger log);
}
