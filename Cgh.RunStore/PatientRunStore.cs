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
/// told to cancellationToken. A call that is repeated does what one call does; an attempt's number may skip one.
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

    public Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.AddExperimentAsync(experiment, runs, cancellationToken), cancellationToken);

    public Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default) => WaitAsync(() => store.FindExperimentAsync(id, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ListExperimentsAsync(max, cancellationToken), cancellationToken);

    public Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ChangeExperimentAsync(id, decide, cancellationToken), cancellationToken);

    public Task<Transition<RunState>> ChangeRunAsync(RunId id, Func<RunState, Transition<RunState>> decide, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ChangeRunAsync(id, decide, cancellationToken), cancellationToken);

    public Task<RunState?> FindRunAsync(RunId id, CancellationToken cancellationToken = default) => WaitAsync(() => store.FindRunAsync(id, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ListRunsAsync(experiment, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RunState>> ListRunsAsync(int max = 500, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ListRunsAsync(max, cancellationToken), cancellationToken);

    public Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.BeatAsync(id, attempt, holder, cancellationToken), cancellationToken);

    public Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.TrimCurvesAsync(id, attempt, rows, cancellationToken), cancellationToken);

    public Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.AppendRowsAsync(id, attempt, curve, first, rows, cancellationToken), cancellationToken);

    public Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ReadRowsAsync(id, curve, from, cancellationToken), cancellationToken);

    public Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default) => WaitAsync(() => store.AddRejectedMessageAsync(message, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.ListRejectedMessagesAsync(max, cancellationToken), cancellationToken);

    public Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default) => WaitAsync(() => store.ClearRejectedMessagesAsync(cancellationToken), cancellationToken);

    public Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default) =>
        WaitAsync(() => store.TakeLockAsync(name, holder, expiry, cancellationToken), cancellationToken);

    public Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default) => WaitAsync(() => store.ReleaseLockAsync(name, holder, cancellationToken), cancellationToken);

    public Task<bool> IsFilledAsync(CancellationToken cancellationToken = default) => WaitAsync(() => store.IsFilledAsync(cancellationToken), cancellationToken);

    public Task MarkFilledAsync(CancellationToken cancellationToken = default) => WaitAsync(() => store.MarkFilledAsync(cancellationToken), cancellationToken);

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default) => WaitAsync(() => store.SaveDatasetAsync(dataset, cancellationToken), cancellationToken);

    public Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default) => WaitAsync(() => store.FindDatasetAsync(name, cancellationToken), cancellationToken);

    private async Task WaitAsync(Func<Task> call, CancellationToken cancellationToken) => await WaitAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    private async Task<T> WaitAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
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
                await Task.Delay(s_pause, cancellationToken);
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
