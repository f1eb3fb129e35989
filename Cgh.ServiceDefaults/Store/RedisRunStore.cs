using System.Diagnostics;
using System.Text.Json;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using StackExchange.Redis;

namespace Cgh.ServiceDefaults.Store;

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
    private const string Cancel = "cancel";

    private static readonly TimeSpan s_heartbeatExpiry = TimeSpan.FromSeconds(15);
    private static readonly ActivitySource s_activities = new(ActivitySourceName);

    private IDatabase Database => connection.GetDatabase();

    public async Task AddExperimentAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken stop = default)
    {
        using var span = Span(experiment.Id);
        var transaction = Database.CreateTransaction();
        _ = transaction.StringSetAsync(ExperimentKey(experiment.Id), Write(experiment));
        _ = transaction.SortedSetAddAsync(ExperimentsKey, experiment.Id, experiment.Created.ToUnixTimeMilliseconds());
        _ = transaction.KeyDeleteAsync(RunsKey(experiment.Id));
        foreach (var run in runs)
        {
            _ = transaction.KeyDeleteAsync([RunKey(run.Id), HeartbeatKey(run.Id), .. Curves.All.Select(curve => CurveKey(run.Id, curve))]);
            _ = transaction.HashSetAsync(RunKey(run.Id), [new(State, Write(run)), new(Attempt, run.Attempt)]);
            _ = transaction.ListRightPushAsync(RunsKey(experiment.Id), run.Id.Name);
        }

        await transaction.ExecuteAsync().WaitAsync(stop);
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
        var state = Database.HashGetAsync(RunKey(id), State);
        var beats = Database.KeyExistsAsync(HeartbeatKey(id));
        return Read<RunState>(await state.WaitAsync(stop)) is { } run
            ? run with { Responding = run.Status != RunStatus.Running || await beats.WaitAsync(stop) }
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

    public async Task<int?> BeginAttemptAsync(RunId id, string host, CancellationToken stop = default)
    {
        using var span = Span(id);
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashExists(RunKey(id), State));
        var number = transaction.HashIncrementAsync(RunKey(id), Attempt);
        _ = transaction.StringSetAsync(HeartbeatKey(id), host, s_heartbeatExpiry);
        if (!await transaction.ExecuteAsync().WaitAsync(stop))
        {
            return null;
        }

        var attempt = (int)await number;
        var now = DateTimeOffset.UtcNow;
        var begun = await UpdateRunAsync(
            id,
            attempt,
            run => run with { Attempt = attempt, Host = host, Status = RunStatus.Running, Started = run.Started ?? now, Ended = null, Error = null },
            stop);
        return begun ? attempt : null;
    }

    public Task<bool> UpdateRunAsync(RunId id, int attempt, Func<RunState, RunState> change, CancellationToken stop = default) =>
        ChangeAsync(id, (run, last) => last == attempt ? change(run) : null, stop);

    public async Task<bool> BeatAsync(RunId id, int attempt, CancellationToken stop = default)
    {
        var transaction = Fenced(id, attempt);
        _ = transaction.StringSetAsync(HeartbeatKey(id), attempt, s_heartbeatExpiry);
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
                throw new InvalidOperationException($"Curve {curve} of {id} has {length} rows in the store; rows from {first} on leave a gap.");
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
        return await ChangeAsync(
            id,
            (run, _) => run.Status switch
            {
                RunStatus.Queued or RunStatus.Interrupted => run with { Status = RunStatus.Cancelled, Ended = DateTimeOffset.UtcNow },
                RunStatus.Running => run,
                _ => null,
            },
            stop,
            transaction => transaction.HashSetAsync(RunKey(id), Cancel, 1));
    }

    public async Task<bool> IsCancelRequestedAsync(RunId id, CancellationToken stop = default) =>
        await Database.HashExistsAsync(RunKey(id), Cancel).WaitAsync(stop);

    public async Task<bool> RequeueAsync(RunId id, CancellationToken stop = default)
    {
        using var span = Span(id);
        return await ChangeAsync(
            id,
            (run, _) => run.Status is RunStatus.Interrupted or RunStatus.Failed or RunStatus.Cancelled
                ? run with { Status = RunStatus.Queued, Queued = DateTimeOffset.UtcNow, Ended = null, Error = null }
                : null,
            stop,
            transaction => transaction.HashDeleteAsync(RunKey(id), Cancel));
    }

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

    private static string Write<T>(T value) => JsonSerializer.Serialize(value, CghJson.Line);

    private static T? Read<T>(RedisValue value)
        where T : class => value.IsNull ? null : JsonSerializer.Deserialize<T>(value.ToString(), CghJson.Line);

    private static Activity? Span(object subject, [System.Runtime.CompilerServices.CallerMemberName] string operation = "") =>
        s_activities.StartActivity(operation, ActivityKind.Client)?.SetTag("cgh.subject", subject.ToString());

    // Whatever is queued on it happens only while this attempt is the last one.
    private ITransaction Fenced(RunId id, int attempt)
    {
        var transaction = Database.CreateTransaction();
        transaction.AddCondition(Condition.HashEqual(RunKey(id), Attempt, attempt));
        return transaction;
    }

    // Reads, changes and writes back, again when somebody else wrote in between; null from change leaves it as it is.
    private async Task<bool> ChangeAsync(
        RunId id, Func<RunState, int, RunState?> change, CancellationToken stop, Func<ITransaction, Task>? alongside = null)
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
            transaction.AddCondition(Condition.HashEqual(RunKey(id), State, fields[0]));
            transaction.AddCondition(Condition.HashEqual(RunKey(id), Attempt, fields[1]));
            _ = transaction.HashSetAsync(RunKey(id), State, Write(changed));
            if (alongside is not null)
            {
                _ = alongside(transaction);
            }

            if (await transaction.ExecuteAsync().WaitAsync(stop))
            {
                return true;
            }
        }
    }
}
