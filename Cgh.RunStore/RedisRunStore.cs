using System.Diagnostics;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>
/// The run store on a Redis-protocol server (Redis, or embedded Garnet). A run is a hash with its live state and, for fencing, the number of its
/// last attempt; a curve is a list of rows (Garnet has no streams); experiments are a set sorted by time. The store contains no lifecycle rules:
/// it only compares and swaps.
/// </summary>
public sealed partial class RedisRunStore(
    IConnectionMultiplexer connection, UnreadableKeys? unreadable = null, PendingCurves? pending = null) : IRunStore
{
    /// <summary>Spans of the changes of a run or an experiment; those of the Redis client only name Redis commands.</summary>
    public const string ActivitySourceName = "Cgh.RunStore";

    private const string ExperimentsKey = "cgh:experiments";
    private const string State = "state";
    private const string Attempt = "attempt";
    // Field of the stop request in an earlier version.
    private const string FormerStopRequest = "wish";
    // The key of an earlier version.
    private const string RejectedMessagesKey = "cgh:troubles";
    private const string FilledKey = "cgh:filled";
    private const string RebuildKey = "cgh:rebuild";
    private const int RejectedMessagesKept = 100;

    private static readonly TimeSpan s_leaseDuration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_rebuildExpiry = TimeSpan.FromSeconds(30);
    private static readonly ActivitySource s_activities = new(ActivitySourceName);

    private IDatabase Database => connection.GetDatabase();

    public async Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken = default)
    {
        using var span = Span(experiment.Id);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.KeyNotExists(ExperimentKey(experiment.Id)));
        _ = transaction.StringSetAsync(ExperimentKey(experiment.Id), Write(experiment));
        _ = transaction.SortedSetAddAsync(ExperimentsKey, experiment.Id, experiment.Created.ToUnixTimeMilliseconds());
        _ = transaction.KeyDeleteAsync(RunsKey(experiment.Id));
        foreach (var run in runs)
        {
            _ = transaction.KeyDeleteAsync([RunKey(run.Id), HeartbeatKey(run.Id), .. Curves.Known.Select(curve => CurveKey(run.Id, curve))]);
            _ = transaction.HashSetAsync(RunKey(run.Id), [new(State, Write(run)), new(Attempt, run.Attempt)]);
            _ = transaction.ListRightPushAsync(RunsKey(experiment.Id), run.Id.Name);
        }

        return await CommitAsync(transaction, cancellationToken);
    }

    public async Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken cancellationToken = default) =>
        Read<ExperimentState>(ExperimentKey(id), await ReadKeyAsync(ExperimentKey(id), Database.StringGetAsync(ExperimentKey(id)), cancellationToken));

    public async Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int max = 200, CancellationToken cancellationToken = default)
    {
        var ids = await ReadKeyAsync(ExperimentsKey, Database.SortedSetRangeByRankAsync(ExperimentsKey, 0, max - 1, Order.Descending), cancellationToken);
        return await ListExperimentsAsync([.. ids.Select(id => id.ToString())], cancellationToken);
    }

    public async Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken = default)
    {
        var found = await Task.WhenAll(ids.Select(id => UnlessUnreadableAsync(FindExperimentAsync(id, cancellationToken), ExperimentKey(id))));
        return [.. found.OfType<ExperimentState>()];
    }

    public async Task<IReadOnlyList<string>> ListExperimentIdsAsync(CancellationToken cancellationToken = default)
    {
        var ids = await ReadKeyAsync(ExperimentsKey, Database.SortedSetRangeByRankAsync(ExperimentsKey, order: Order.Descending), cancellationToken);
        return [.. ids.Select(id => id.ToString())];
    }

    public async Task<Transition<ExperimentState>> ChangeExperimentAsync(
        string id, Func<ExperimentState, Transition<ExperimentState>> decide, CancellationToken cancellationToken = default)
    {
        using var span = Span(id);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = await ReadKeyAsync(ExperimentKey(id), Database.StringGetAsync(ExperimentKey(id)), cancellationToken);
            if (Read<ExperimentState>(ExperimentKey(id), before) is not { } state)
            {
                return Transition.Refused<ExperimentState>(null, $"there is no experiment {id}");
            }

            var decided = decide(state);
            if (!decided.IsAllowed)
            {
                return decided;
            }

            var transaction = Database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual(ExperimentKey(id), before));
            _ = transaction.StringSetAsync(ExperimentKey(id), Write(decided.State));
            if (await CommitAsync(transaction, cancellationToken))
            {
                return decided;
            }
        }
    }

    public async Task<RunState?> FindRunAsync(RunId id, CancellationToken cancellationToken = default) => (await ReadAsync(id, cancellationToken)).Run;

    public async Task<Transition<RunState>> ChangeRunAsync(RunId id, Func<RunState, Transition<RunState>> decide, CancellationToken cancellationToken = default)
    {
        using var span = Span(id);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var stored = await ReadAsync(id, cancellationToken);
            if (stored.Run is null)
            {
                return Transition.Refused<RunState>(null, "there is no such run");
            }

            var decided = decide(stored.Run);
            if (!decided.IsAllowed)
            {
                return decided;
            }

            var transaction = Database.CreateTransaction();
            transaction.AddCondition(Condition.HashEqual(RunKey(id), State, stored.State));
            transaction.AddCondition(Condition.HashEqual(RunKey(id), Attempt, stored.Attempt));
            _ = transaction.HashSetAsync(RunKey(id), [new(State, Write(decided.State)), new(Attempt, decided.State.Attempt)]);
            if (!stored.FormerStopRequest.IsNull)
            {
                _ = transaction.HashDeleteAsync(RunKey(id), FormerStopRequest);
            }

            ChangeLease(transaction, id, stored.Run.Holder, decided.Effects);
            if (await CommitAsync(transaction, cancellationToken))
            {
                return decided;
            }
        }
    }

    public async Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken cancellationToken = default)
    {
        var names = await UnlessUnreadableAsync(
            ReadKeyAsync(RunsKey(experiment), Database.ListRangeAsync(RunsKey(experiment)), cancellationToken), RunsKey(experiment));
        var ids = (names ?? []).Select(name => new RunId(experiment, name.ToString()));
        var runs = await Task.WhenAll(
            ids.Select(id => UnlessUnreadableAsync(FindRunAsync(id, cancellationToken), RunKey(id).ToString(), HeartbeatKey(id).ToString())));
        return [.. runs.OfType<RunState>()];
    }

    public async Task<IReadOnlyList<RunState>> ListRunsAsync(int max = 500, CancellationToken cancellationToken = default)
    {
        var runs = new List<RunState>();
        foreach (var experiment in await ListExperimentsAsync(max, cancellationToken))
        {
            runs.AddRange(await ListRunsAsync(experiment.Id, cancellationToken));
            if (runs.Count >= max)
            {
                break;
            }
        }

        return [.. runs.Take(max)];
    }

    public async Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken cancellationToken = default)
    {
        var transaction = Fenced(id, attempt);
        _ = transaction.StringSetAsync(HeartbeatKey(id), holder, s_leaseDuration);
        return await CommitAsync(transaction, cancellationToken);
    }

    public async Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default)
    {
        var transaction = Database.CreateTransaction();
        _ = transaction.ListLeftPushAsync(RejectedMessagesKey, Write(message));
        _ = transaction.ListTrimAsync(RejectedMessagesKey, 0, RejectedMessagesKept - 1);
        await CommitAsync(transaction, cancellationToken);
    }

    public async Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default) =>
        await UnlessUnreadableAsync(ReadRejectedMessagesAsync(max, cancellationToken), RejectedMessagesKey) ?? [];

    public Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default) =>
        Database.KeyDeleteAsync(RejectedMessagesKey).WaitAsync(cancellationToken);

    public async Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken cancellationToken = default) =>
        await Database.LockTakeAsync(LockKey(name), holder, expiry).WaitAsync(cancellationToken)
            || await Database.LockExtendAsync(LockKey(name), holder, expiry).WaitAsync(cancellationToken);

    public Task ReleaseLockAsync(string name, string holder, CancellationToken cancellationToken = default) =>
        Database.LockReleaseAsync(LockKey(name), holder).WaitAsync(cancellationToken);

    public Task<bool> IsFilledAsync(CancellationToken cancellationToken = default) => Database.KeyExistsAsync(FilledKey).WaitAsync(cancellationToken);

    public Task MarkFilledAsync(CancellationToken cancellationToken = default) => Database.StringSetAsync(FilledKey, 1).WaitAsync(cancellationToken);

    public async Task<RebuildProgress?> FindRebuildProgressAsync(CancellationToken cancellationToken = default) =>
        Read<RebuildProgress>(RebuildKey, await ReadKeyAsync(RebuildKey, Database.StringGetAsync(RebuildKey), cancellationToken));

    public Task SaveRebuildProgressAsync(RebuildProgress? progress, CancellationToken cancellationToken = default) => (progress is null
        ? Database.KeyDeleteAsync(RebuildKey)
        : Database.StringSetAsync(RebuildKey, Write(progress), s_rebuildExpiry)).WaitAsync(cancellationToken);

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken cancellationToken = default) =>
        Database.StringSetAsync(DatasetKey(dataset.Name), Write(dataset)).WaitAsync(cancellationToken);

    public async Task<DatasetState?> FindDatasetAsync(string name, CancellationToken cancellationToken = default) =>
        Read<DatasetState>(DatasetKey(name), await ReadKeyAsync(DatasetKey(name), Database.StringGetAsync(DatasetKey(name)), cancellationToken));

    public Task PauseDatasetAsync(string name, CancellationToken cancellationToken = default) =>
        Database.StringSetAsync(DatasetPauseKey(name), 1).WaitAsync(cancellationToken);

    public Task ResumeDatasetAsync(string name, CancellationToken cancellationToken = default) =>
        Database.KeyDeleteAsync(DatasetPauseKey(name)).WaitAsync(cancellationToken);

    public Task<bool> IsDatasetPausedAsync(string name, CancellationToken cancellationToken = default) =>
        Database.KeyExistsAsync(DatasetPauseKey(name)).WaitAsync(cancellationToken);

    private static string ExperimentKey(string id) => $"cgh:experiment:{id}";

    private static string RunsKey(string experiment) => $"cgh:experiment:{experiment}:runs";

    private static RedisKey RunKey(RunId id) => $"cgh:run:{id}";

    private static RedisKey HeartbeatKey(RunId id) => $"cgh:run:{id}:heartbeat";

    private static RedisKey CurveKey(RunId id, string curve) => $"cgh:run:{id}:curve:{curve}";

    private static string DatasetKey(string name) => $"cgh:dataset:{name}";

    private static string DatasetPauseKey(string name) => $"{DatasetKey(name)}:paused";

    private static string LockKey(string name) => $"cgh:lock:{name}";

    private static string Write<T>(T value) => JsonSerializer.Serialize(value, CghJson.Line);

    private static T? Read<T>(string key, RedisValue value)
        where T : class
    {
        try
        {
            return value.IsNull ? null : CghJson.ParseLine<T>(value.ToString());
        }
        catch (Exception error) when (error is JsonException or UserErrorException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(key, UserText.FirstLine(error).TrimEnd('.'), error);
        }
    }

    private static UnreadableKeyException Unreadable(string key, string reason, Exception error) =>
        // Trainers restore an experiment that is missing, with its runs.
        new(key, reason, key.Split(':') is ["cgh", "experiment" or "run", var id, ..] ? ExperimentKey(id.Split('/')[0]) : key, error);

    private static async Task<T> ReadKeyAsync<T>(string key, Task<T> reading, CancellationToken cancellationToken)
    {
        try
        {
            return await reading.WaitAsync(cancellationToken);
        }
        catch (RedisServerException error) when (error.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            throw Unreadable(key, "it has another type", error);
        }
    }

    private async Task<T?> UnlessUnreadableAsync<T>(Task<T> reading, params string[] keys)
        where T : class?
    {
        try
        {
            var read = await reading;
            Array.ForEach(keys, key => unreadable?.Remove(key));
            return read;
        }
        catch (UnreadableKeyException error)
        {
            unreadable?.Add(error);
            return null;
        }
    }

    private async Task<IReadOnlyList<RejectedMessage>?> ReadRejectedMessagesAsync(int max, CancellationToken cancellationToken)
    {
        var messages = await ReadKeyAsync(RejectedMessagesKey, Database.ListRangeAsync(RejectedMessagesKey, 0, max - 1), cancellationToken);
        return [.. messages.Select(message => Read<RejectedMessage>(RejectedMessagesKey, message)!)];
    }

    private static Activity? Span(object subject, [System.Runtime.CompilerServices.CallerMemberName] string operation = "") =>
        s_activities.StartActivity(operation, ActivityKind.Client)?.SetTag("cgh.subject", subject.ToString());

    // A transaction that fails once a newer attempt has started.
    private ITransaction Fenced(RunId id, int attempt)
    {
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(RunKey(id), Attempt, attempt));
        return transaction;
    }

    private async Task<bool> CommitAsync(ITransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await transaction.ExecuteAsync().WaitAsync(cancellationToken);
        }
        catch (RedisServerException error) when (error.Message.StartsWith("EXECABORT", StringComparison.Ordinal))
        {
            // The reply does not say why; a single write does.
            await StoreConnection.WriteAsync(connection).WaitAsync(cancellationToken);
            throw;
        }
    }

    private async Task<StoredRun> ReadAsync(RunId id, CancellationToken cancellationToken)
    {
        var key = RunKey(id).ToString();
        var readingHolder = ReadKeyAsync(HeartbeatKey(id).ToString(), Database.StringGetAsync(HeartbeatKey(id)), cancellationToken);
        var fields = await ReadKeyAsync(key, Database.HashGetAsync(RunKey(id), [State, Attempt, FormerStopRequest]), cancellationToken);
        string? holder = await readingHolder;
        var run = Read<RunState>(key, fields[0]);
        if (!fields[1].IsNull && !fields[1].TryParse(out int _))
        {
            throw Unreadable(key, "its attempt is no integer", new InvalidCastException());
        }

        return new StoredRun(
            run is null ? null : run with
            {
                Attempt = (int)fields[1],
                StopRequest = run.StopRequest ?? (Enum.TryParse<StopRequest>(fields[2].ToString(), out var request) ? request : null),
                Holder = holder,
                Responding = run.Status != RunStatus.Running || holder is not null || run.Elsewhere is not null,
            },
            State: fields[0],
            Attempt: fields[1],
            FormerStopRequest: fields[2]);
    }

    // The decision depends on the holder, so the holder must not have changed either.
    private static void ChangeLease(ITransaction transaction, RunId id, string? before, IReadOnlyList<LifecycleEffect> effects)
    {
        if (effects.SingleOrDefault(effect => effect is TakeLease or ReleaseLease) is { } effect)
        {
            var key = HeartbeatKey(id);
            transaction.AddCondition(before is null ? Condition.KeyNotExists(key) : Condition.StringEqual(key, before));
            _ = effect is TakeLease taken ? transaction.StringSetAsync(key, taken.Holder, s_leaseDuration) : (Task)transaction.KeyDeleteAsync(key);
        }
    }

    /// <summary>A run with the raw values that detect a concurrent change.</summary>
    private sealed record StoredRun(RunState? Run, RedisValue State, RedisValue Attempt, RedisValue FormerStopRequest);
}
