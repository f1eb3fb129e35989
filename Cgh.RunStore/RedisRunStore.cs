using System.Diagnostics;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using StackExchange.Redis;

namespace Cgh.RunStore;

/// <summary>
/// The run store on a Redis-protocol server (Redis, or Garnet in one process). A run is a hash with its live state, the
/// number of its last attempt and a cancel flag; each curve is a list of rows; experiments are sorted by time.
/// Lists, not streams: the embedded server has none.
/// </summary>
public sealed class RedisRunStore(IConnectionMultiplexer connection) : IRunStore
{
    /// <summary>StackExchange.Redis has no activity source, so the store traces its own calls.</summary>
    public const string ActivitySourceName = "Cgh.RunStore";

    private const string ExperimentsKey = "cgh:experiments";
    private const string State = "state";
    private const string Attempt = "attempt";
    private const string RequestField = "wish";
    private const string TroublesKey = "cgh:troubles";
    private const string FilledKey = "cgh:filled";
    private const int TroublesKept = 100;

    private static readonly TimeSpan s_heartbeatExpiry = TimeSpan.FromSeconds(10);
    private static readonly ActivitySource s_activities = new(ActivitySourceName);

    private IDatabase Database => connection.GetDatabase();

    public async Task<bool> AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default)
    {
        using var span = Span(experiment.Id);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.KeyNotExists(ExperimentKey(experiment.Id)));
        _ = transaction.StringSetAsync(ExperimentKey(experiment.Id), Write(experiment));
        _ = transaction.SortedSetAddAsync(ExperimentsKey, experiment.Id, experiment.Created.ToUnixTimeMilliseconds());
        _ = transaction.KeyDeleteAsync(RunsKey(experiment.Id));
        foreach (var run in runs)
        {
            _ = transaction.KeyDeleteAsync([RunKey(run.Id), HeartbeatKey(run.Id), .. Curves.All.Select(curve => CurveKey(run.Id, curve))]);
            _ = transaction.HashSetAsync(RunKey(run.Id), [new(State, Write(run)), new(Attempt, run.Attempt)]);
            _ = transaction.ListRightPushAsync(RunsKey(experiment.Id), run.Id.Name);
        }

        return await transaction.ExecuteAsync().WaitAsync(stop);
    }

    public async Task<ExperimentState?> FindExperimentAsync(string id, CancellationToken stop = default) =>
        Read<ExperimentState>(await Database.StringGetAsync(ExperimentKey(id)).WaitAsync(stop));

    public async Task<IReadOnlyList<ExperimentState>> ListExperimentsAsync(int most = 200, CancellationToken stop = default)
    {
        var ids = await Database.SortedSetRangeByRankAsync(ExperimentsKey, 0, most - 1, Order.Descending).WaitAsync(stop);
        var found = await Task.WhenAll(ids.Select(id => FindExperimentAsync(id.ToString(), stop)));
        return [.. found.OfType<ExperimentState>()];
    }

    public async Task<bool> UpdateExperimentAsync(string id, Func<ExperimentState, ExperimentState?> change, CancellationToken stop = default)
    {
        using var span = Span(id);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var before = await Database.StringGetAsync(ExperimentKey(id)).WaitAsync(stop);
            if (Read<ExperimentState>(before) is not { } state || change(state) is not { } changed)
            {
                return false;
            }

            var transaction = Database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual(ExperimentKey(id), before));
            _ = transaction.StringSetAsync(ExperimentKey(id), Write(changed));
            if (await transaction.ExecuteAsync().WaitAsync(stop))
            {
                return true;
            }
        }
    }

    public async Task<RunState?> FindRunAsync(RunId id, CancellationToken stop = default)
    {
        var state = Database.HashGetAsync(RunKey(id), [State, RequestField]);
        var beats = Database.StringGetAsync(HeartbeatKey(id));
        var fields = await state.WaitAsync(stop);
        var held = await beats.WaitAsync(stop);
        return Read<RunState>(fields[0]) is { } run
            ? run with { Holder = held, StopRequest = ReadRequest(fields[1]), Responding = run.Status != RunStatus.Running || !held.IsNull }
            : null;
    }

    public async Task<IReadOnlyList<RunState>> ListRunsAsync(string experiment, CancellationToken stop = default)
    {
        var names = await Database.ListRangeAsync(RunsKey(experiment)).WaitAsync(stop);
        var runs = await Task.WhenAll(names.Select(name => FindRunAsync(new RunId(experiment, name.ToString()), stop)));
        return [.. runs.OfType<RunState>()];
    }

    public async Task<IReadOnlyList<RunState>> ListRunsAsync(int most = 500, CancellationToken stop = default)
    {
        var runs = new List<RunState>();
        foreach (var experiment in await ListExperimentsAsync(most, stop))
        {
            runs.AddRange(await ListRunsAsync(experiment.Id, stop));
            if (runs.Count >= most)
            {
                break;
            }
        }

        return [.. runs.Take(most)];
    }

    public async Task<int?> BeginAttemptAsync(RunId id, string host, string holder, int after, CancellationToken stop = default)
    {
        using var span = Span(id);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var fields = await Database.HashGetAsync(RunKey(id), [State, Attempt, RequestField]).WaitAsync(stop);
            var held = await Database.StringGetAsync(HeartbeatKey(id)).WaitAsync(stop);
            if (Read<RunState>(fields[0]) is not { Status: RunStatus.Queued or RunStatus.Running or RunStatus.Interrupted } run
                || !fields[2].IsNull
                || (!held.IsNull && held != holder))
            {
                return null;
            }

            var attempt = Math.Max((int)fields[1], after) + 1;
            var now = DateTimeOffset.UtcNow;
            var transaction = Database.CreateTransaction();
            Unchanged(transaction, id, fields[0], fields[1]);
            transaction.AddCondition(Condition.HashNotExists(RunKey(id), RequestField));
            transaction.AddCondition(held.IsNull ? Condition.KeyNotExists(HeartbeatKey(id)) : Condition.StringEqual(HeartbeatKey(id), held));
            _ = transaction.HashSetAsync(
                RunKey(id),
                [
                    new(State, Write(run with { Attempt = attempt, Host = host, Status = RunStatus.Running, Started = run.Started ?? now, AttemptStarted = now, Ended = null, Error = null })),
                    new(Attempt, attempt),
                ]);
            _ = transaction.StringSetAsync(HeartbeatKey(id), holder, s_heartbeatExpiry);
            if (await transaction.ExecuteAsync().WaitAsync(stop))
            {
                return attempt;
            }
        }
    }

    public Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) =>
        ChangeAsync(id, (run, last) => last == attempt ? change(run) : null, stop);

    public async Task<bool> EndAttemptAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default)
    {
        using var span = Span(id);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var fields = await Database.HashGetAsync(RunKey(id), [State, Attempt, RequestField]).WaitAsync(stop);
            if (Read<RunState>(fields[0]) is not { } run || (int)fields[1] != attempt)
            {
                return false;
            }

            var changed = change(run);
            if (ReadRequest(fields[2]) is { } request && (!changed.Status.IsAtRest() || (request == StopRequest.Cancel && IsCancelledAtOnce(changed))))
            {
                changed = changed with { Status = request == StopRequest.Cancel ? RunStatus.Cancelled : RunStatus.Paused, Ended = DateTimeOffset.UtcNow, SecondsLeft = null };
            }

            var transaction = Database.CreateTransaction();
            Unchanged(transaction, id, fields[0], fields[1]);
            transaction.AddCondition(fields[2].IsNull ? Condition.HashNotExists(RunKey(id), RequestField) : Condition.HashEqual(RunKey(id), RequestField, fields[2]));
            _ = transaction.HashSetAsync(RunKey(id), State, Write(changed));
            _ = transaction.HashDeleteAsync(RunKey(id), RequestField);
            _ = transaction.KeyDeleteAsync(HeartbeatKey(id));
            if (await transaction.ExecuteAsync().WaitAsync(stop))
            {
                return true;
            }
        }
    }

    public async Task<bool> BeatAsync(RunId id, int attempt, string holder, CancellationToken stop = default)
    {
        var transaction = Fenced(id, attempt);
        _ = transaction.StringSetAsync(HeartbeatKey(id), holder, s_heartbeatExpiry);
        return await transaction.ExecuteAsync().WaitAsync(stop);
    }

    public async Task<bool> TrimCurvesAsync(RunId id, int attempt, IReadOnlyDictionary<string, int> rows, CancellationToken stop = default)
    {
        using var span = Span(id);
        var transaction = Fenced(id, attempt);
        foreach (var (curve, count) in rows)
        {
            // LTRIM 0 -1 would keep everything; an empty curve is no key.
            _ = count == 0 ? transaction.KeyDeleteAsync(CurveKey(id, curve)) : transaction.ListTrimAsync(CurveKey(id, curve), 0, count - 1);
        }

        return await transaction.ExecuteAsync().WaitAsync(stop);
    }

    public async Task<bool> AppendRowsAsync(RunId id, int attempt, string curve, int first, IReadOnlyList<double[]> rows, CancellationToken stop = default)
    {
        using var span = Span(id);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var length = (int)await Database.ListLengthAsync(CurveKey(id, curve)).WaitAsync(stop);
            if (first > length)
            {
                throw new CurveGapException(id, curve, length, first);
            }

            var transaction = Fenced(id, attempt);
            transaction.AddCondition(Condition.ListLengthEqual(CurveKey(id, curve), length));
            if (length - first < rows.Count)
            {
                _ = transaction.ListRightPushAsync(CurveKey(id, curve), [.. rows.Skip(length - first).Select(row => (RedisValue)Write(row))]);
            }

            if (await transaction.ExecuteAsync().WaitAsync(stop))
            {
                return true;
            }

            if ((int?)await Database.HashGetAsync(RunKey(id), Attempt).WaitAsync(stop) != attempt)
            {
                return false;
            }
        }
    }

    public async Task<CurveRows> ReadRowsAsync(RunId id, string curve, int from = 0, CancellationToken stop = default)
    {
        var rows = await Database.ListRangeAsync(CurveKey(id, curve), from).WaitAsync(stop);
        return new CurveRows(from, [.. rows.Select(row => Read<double[]>(row)!)]);
    }

    public async Task<bool> RequestCancelAsync(RunId id, CancellationToken stop = default)
    {
        using var span = Span(id);
        return await RequestAsync(id, StopRequest.Cancel, RunStatus.Cancelled, IsCancelledAtOnce, stop);
    }

    public async Task<bool> RequestPauseAsync(RunId id, CancellationToken stop = default)
    {
        using var span = Span(id);
        return await RequestAsync(id, StopRequest.Pause, RunStatus.Paused, run => run.Status is RunStatus.Queued, stop);
    }

    public async Task<bool> RequeueAsync(RunId id, CancellationToken stop = default)
    {
        using var span = Span(id);
        return await ChangeAsync(
            id,
            (run, _) => run.Status.CanResume()
                ? run with { Status = RunStatus.Queued, Queued = DateTimeOffset.UtcNow, Offered = null, Ended = null, Error = null, Failures = 0 }
                : null,
            stop,
            transaction => _ = transaction.HashDeleteAsync(RunKey(id), RequestField));
    }

    public async Task AddTroubleAsync(Trouble trouble, CancellationToken stop = default)
    {
        var transaction = Database.CreateTransaction();
        _ = transaction.ListLeftPushAsync(TroublesKey, Write(trouble));
        _ = transaction.ListTrimAsync(TroublesKey, 0, TroublesKept - 1);
        await transaction.ExecuteAsync().WaitAsync(stop);
    }

    public async Task<IReadOnlyList<Trouble>> ListTroublesAsync(int most = 100, CancellationToken stop = default) =>
        [.. (await Database.ListRangeAsync(TroublesKey, 0, most - 1).WaitAsync(stop)).Select(trouble => Read<Trouble>(trouble)!)];

    public Task ClearTroublesAsync(CancellationToken stop = default) => Database.KeyDeleteAsync(TroublesKey).WaitAsync(stop);

    public async Task<bool> TakeLockAsync(string name, string holder, TimeSpan expiry, CancellationToken stop = default) =>
        await Database.LockTakeAsync(LockKey(name), holder, expiry).WaitAsync(stop) || await Database.LockExtendAsync(LockKey(name), holder, expiry).WaitAsync(stop);

    public Task ReleaseLockAsync(string name, string holder, CancellationToken stop = default) => Database.LockReleaseAsync(LockKey(name), holder).WaitAsync(stop);

    public Task<bool> IsFilledAsync(CancellationToken stop = default) => Database.KeyExistsAsync(FilledKey).WaitAsync(stop);

    public Task MarkFilledAsync(CancellationToken stop = default) => Database.StringSetAsync(FilledKey, 1).WaitAsync(stop);

    public Task SaveDatasetAsync(DatasetState dataset, CancellationToken stop = default) =>
        Database.StringSetAsync(DatasetKey(dataset.Name), Write(dataset)).WaitAsync(stop);

    public async Task<DatasetState?> FindDatasetAsync(string name, CancellationToken stop = default) =>
        Read<DatasetState>(await Database.StringGetAsync(DatasetKey(name)).WaitAsync(stop));

    private static string ExperimentKey(string id) => $"cgh:experiment:{id}";

    private static string RunsKey(string experiment) => $"cgh:experiment:{experiment}:runs";

    private static RedisKey RunKey(RunId id) => $"cgh:run:{id}";

    private static RedisKey HeartbeatKey(RunId id) => $"cgh:run:{id}:heartbeat";

    private static RedisKey CurveKey(RunId id, string curve) => $"cgh:run:{id}:curve:{curve}";

    private static string DatasetKey(string name) => $"cgh:dataset:{name}";

    private static string LockKey(string name) => $"cgh:lock:{name}";

    private static StopRequest? ReadRequest(RedisValue value) => value.IsNull ? null : Enum.Parse<StopRequest>(value.ToString());

    private static string Write<T>(T value) => JsonSerializer.Serialize(value, CghJson.Line);

    private static T? Read<T>(RedisValue value)
        where T : class => value.IsNull ? null : JsonSerializer.Deserialize<T>(value.ToString(), CghJson.Line);

    private static Activity? Span(object subject, [System.Runtime.CompilerServices.CallerMemberName] string operation = "") =>
        s_activities.StartActivity(operation, ActivityKind.Client)?.SetTag("cgh.subject", subject.ToString());

    private static bool IsCancelledAtOnce(RunState run) => run.Status is RunStatus.Queued or RunStatus.Interrupted or RunStatus.Paused or RunStatus.Parked;

    // Whatever is queued on it happens only while this attempt is the last one.
    private ITransaction Fenced(RunId id, int attempt)
    {
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(RunKey(id), Attempt, attempt));
        return transaction;
    }

    // Notes the request with a running run; changes one that is in nobody's hands at once.
    private Task<bool> RequestAsync(RunId id, StopRequest request, RunStatus atOnce, Func<RunState, bool> canBeAtOnce, CancellationToken stop) => ChangeAsync(
        id,
        (run, _) => run.Status == RunStatus.Running ? run
            : canBeAtOnce(run) ? run with { Status = atOnce, Ended = DateTimeOffset.UtcNow }
            : null,
        stop,
        (transaction, run) =>
        {
            if (run.Status == RunStatus.Running)
            {
                // Cancelling outweighs pausing, whichever was asked for first.
                _ = transaction.HashSetAsync(RunKey(id), RequestField, request.ToString(), request == StopRequest.Cancel ? When.Always : When.NotExists);
            }
        });

    private static void Unchanged(ITransaction transaction, RunId id, RedisValue state, RedisValue attempt)
    {
        transaction.AddCondition(Condition.HashEqual(RunKey(id), State, state));
        transaction.AddCondition(Condition.HashEqual(RunKey(id), Attempt, attempt));
    }

    private Task<bool> ChangeAsync(RunId id, Func<RunState, int, RunState?> change, CancellationToken stop, Action<ITransaction>? alongside = null) =>
        ChangeAsync(id, change, stop, (transaction, _) => alongside?.Invoke(transaction));

    // Reads, changes and writes back, again when somebody else wrote in between; null from change leaves it as it is.
    private async Task<bool> ChangeAsync(RunId id, Func<RunState, int, RunState?> change, CancellationToken stop, Action<ITransaction, RunState> alongside)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var fields = await Database.HashGetAsync(RunKey(id), [State, Attempt]).WaitAsync(stop);
            if (Read<RunState>(fields[0]) is not { } run || change(run, (int)fields[1]) is not { } changed)
            {
                return false;
            }

            var transaction = Database.CreateTransaction();
            Unchanged(transaction, id, fields[0], fields[1]);
            _ = transaction.HashSetAsync(RunKey(id), State, Write(changed));
            alongside(transaction, changed);
            if (await transaction.ExecuteAsync().WaitAsync(stop))
            {
                return true;
            }
        }
    }
}
