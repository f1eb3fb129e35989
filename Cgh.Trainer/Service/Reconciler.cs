using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>
/// Brings run store, queue and run folders back into agreement after a crash, a lost message or a lost store; one trainer at a time does it for all.
/// Every step can be taken twice.
/// </summary>
internal sealed partial class Reconciler(
    IRetryingRunStore store, StoreRefill refill, LostRuns lost, OpenExperiments open, RestingRecords resting, TimeProvider clock, ILogger<Reconciler> log)
    : BackgroundService
{
    private const string SweepLock = "sweep";
    private const int SweepsBetweenFullOnes = 15;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lockExpiry = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_justOver = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_releaseTimeout = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string> _logged = [];
    private int _sweeps;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await ReconcileAsync(stoppingToken);
                await Task.Delay(s_interval, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await ReleaseAsync();
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

    // What cannot be done now is tried again soon; the same reason is logged once. One experiment must not hold up the others.
    private async Task TryAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
            _logged.Remove(what);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var reason = AtomicFile.FirstLine(error);
            if (_logged.GetValueOrDefault(what) != reason)
            {
                _logged[what] = reason;
                NotDone(log, what, reason);
            }
        }
    }

    private async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(s_releaseTimeout, clock);
        try
        {
            await store.ReleaseLockAsync(SweepLock, ThisTrainer.Holder, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The store is away: the lock expires.
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        // Those that have long been over change seldom, and those beyond the newest are many.
        var all = _sweeps % SweepsBetweenFullOnes == 0;
        var experiments = await (all
            ? store.ListExperimentsAsync(int.MaxValue, cancellationToken)
            : store.ListExperimentsAsync(cancellationToken: cancellationToken));
        var underWay = experiments.Where(experiment => !experiment.Status.IsOver()).OrderBy(experiment => experiment.Created).ToList();
        await lost.OfferWithoutMessageAsync(underWay, cancellationToken);
        if (!await store.TakeLockAsync(SweepLock, ThisTrainer.Holder, s_lockExpiry, cancellationToken))
        {
            return;
        }

        _sweeps++;
        foreach (var experiment in underWay)
        {
            await TryAsync(experiment.Id, async () =>
            {
                await lost.QueueAbandonedAsync(experiment, cancellationToken);
                await open.AdvanceAsync(experiment, cancellationToken);
            });
        }

        foreach (var experiment in experiments.Where(experiment => all || IsRecent(experiment)))
        {
            await TryAsync($"{experiment.Id}, runs at rest", () => resting.SaveAsync(experiment.Id, cancellationToken));
        }

        if (all)
        {
            await refill.AddUnknownAsync([.. experiments.Select(experiment => experiment.Id)], cancellationToken);
        }
    }

    private bool IsRecent(ExperimentState experiment) => !experiment.Status.IsOver() || clock.GetUtcNow() - experiment.Ended < s_justOver;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reconciling ({What}) failed and is tried again. {Reason}")]
    private static partial void NotDone(ILogger log, string what, string reason);
}
