using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Store;
using Cgh.RunStore;
using Cgh.ServiceDefaults;

namespace Cgh.Trainer.Service;

/// <summary>
/// Brings run store, queue and run folders back into agreement after a crash, a lost message or a lost store. One trainer at a time does it
/// for all; every step is idempotent.
/// </summary>
internal sealed partial class Reconciler(
    IRetryingRunStore store,
    StoreRefill refill,
    AbandonedRuns abandoned,
    OpenExperiments open,
    ExperimentRecordUpdater records,
    RunsElsewhere elsewhere,
    TimeProvider clock,
    ILogger<Reconciler> log,
    RebuildAtStart? rebuild = null)
    : BackgroundService
{
    private const string SweepLock = "sweep";
    private const int SweepsPerFullSweep = 15;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lockExpiry = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_recentlyEnded = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, string> _logged = [];
    private int _sweeps;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (rebuild is not null)
            {
                await rebuild.Ended.WaitAsync(stoppingToken);
            }

            while (true)
            {
                await ReconcileAsync(stoppingToken);
                await Task.Delay(s_interval, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await store.ReleaseLockDuringShutdownAsync(SweepLock, TrainerIdentity.Holder, clock);
        }
    }

    /// <summary>Reconciles once.</summary>
    internal Task ReconcileAsync(CancellationToken cancellationToken) => TryAsync("everything", async () =>
    {
        await refill.FillAsync(cancellationToken);
        if (await store.IsFilledAsync(cancellationToken))
        {
            await SweepAsync(cancellationToken);
        }
    });

    // A failure is retried in the next sweep, logged once, and must not block other experiments.
    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
            _logged.Remove(what);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var reason = UserText.FirstLine(error);
            if (_logged.GetValueOrDefault(what) != reason)
            {
                _logged[what] = reason;
                ReconcilingFailed(log, what, reason);
            }
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        // A full sweep also covers old experiments, which are many and rarely change.
        var all = _sweeps % SweepsPerFullSweep == 0;
        var experiments = await (all
            ? store.ListExperimentsAsync(int.MaxValue, cancellationToken)
            : store.ListExperimentsAsync(cancellationToken: cancellationToken));
        var active = experiments.Where(experiment => !experiment.Status.IsOver()).OrderBy(experiment => experiment.Created).ToList();
        await abandoned.OfferWithoutMessageAsync(active, cancellationToken);
        if (!await store.TakeLockAsync(SweepLock, TrainerIdentity.Holder, s_lockExpiry, cancellationToken))
        {
            return;
        }

        _sweeps++;
        foreach (var experiment in active)
        {
            using var scope = log.BeginExperimentScope(experiment.Id);
            await TryAsync(experiment.Id, async () =>
            {
                var runs = await store.ListRunsAsync(experiment.Id, cancellationToken);
                await elsewhere.RefreshAsync(runs, cancellationToken);
                await abandoned.QueueAbandonedAsync(experiment, runs, cancellationToken);
                await open.AdvanceAsync(experiment, cancellationToken);
            });
        }

        foreach (var experiment in experiments.Where(experiment => all || IsRecent(experiment)))
        {
            using var scope = log.BeginExperimentScope(experiment.Id);
            IReadOnlyList<RunState> runs = [];
            await TryAsync($"{experiment.Id}, record", async () =>
            {
                runs = await store.ListRunsAsync(experiment.Id, cancellationToken);
                records.Save(experiment.Id, runs);
            });
            if (experiment.Status.IsOver())
            {
                await TryAsync(experiment.Id, () => open.ReopenAsync(experiment, runs, cancellationToken));
            }
        }

        if (all)
        {
            await refill.AddMissingAsync([.. experiments.Select(experiment => experiment.Id)], cancellationToken);
        }
    }

    private bool IsRecent(ExperimentState experiment) => !experiment.Status.IsOver() || clock.GetUtcNow() - experiment.Ended < s_recentlyEnded;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reconciling {What} failed; retrying. {Reason}")]
    private static partial void ReconcilingFailed(ILogger log, string what, string reason);
}
