using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Reconciles runs with the queue: queues runs whose trainer is gone, and resends messages that were lost.</summary>
internal sealed partial class AbandonedRuns(
    IRetryingRunStore store,
    ISendEndpointProvider sender,
    ExperimentCoordinator coordinator,
    RunningAttempts running,
    TimeProvider clock,
    ILogger<AbandonedRuns> log)
{
    // By then, any message in the queue would have reached a trainer with a free slot.
    private static readonly TimeSpan s_messageTimeout = TimeSpan.FromSeconds(15);

    // After a store outage it takes a moment for heartbeats to arrive.
    private static readonly TimeSpan s_confirmAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<RunId, (int Attempt, long Since)> _missing = [];

    /// <summary>Queues runs whose trainer has stopped sending heartbeats; one with a stop request is stopped instead.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="runs">Its runs.</param>
    /// <param name="cancellationToken">Cancels the writes.</param>
    public async Task QueueAbandonedAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken)
    {
        foreach (var run in runs)
        {
            if (!IsAbandoned(run))
            {
                continue;
            }

            _missing.Remove(run.Id);
            var transition = await store.ApplyAsync(run.Id, new TrainerLost(run.Attempt), clock, cancellationToken);
            if (transition.IsAllowed)
            {
                Abandoned(log, run.Id, transition.State.Status, run.Host ?? "its trainer");
                await coordinator.CarryOutAsync(sender, transition.Effects, experiment.Recipe.Priority, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Resends the message of queued runs that seem to have none: a trainer with free slots has received every message in the queue. Highest
    /// priority first.
    /// </summary>
    public async Task OfferWithoutMessageAsync(IEnumerable<ExperimentState> active, CancellationToken cancellationToken)
    {
        var free = running.FreeSlots;
        var ready = active.Where(experiment => experiment.Status == ExperimentStatus.Running).OrderByDescending(experiment => experiment.Recipe.Priority);
        foreach (var experiment in ready)
        {
            if (free <= 0)
            {
                return;
            }

            foreach (var run in await store.ListRunsAsync(experiment.Id, cancellationToken))
            {
                if (free > 0 && run is { Status: RunStatus.Queued, IsHeld: false, Offered: { } offered } && clock.GetUtcNow() - offered > s_messageTimeout)
                {
                    free--;
                    WithoutMessage(log, run.Id);
                    await coordinator.OfferAsync(sender, run.Id, experiment.Recipe.Priority, cancellationToken);
                }
            }
        }
    }

    // Confirmed by a second check of the same attempt a while later.
    private bool IsAbandoned(RunState run)
    {
        if (!run.Phase().IsRunning() || run.IsHeld || run.Elsewhere is not null || running.Holds(run.Id))
        {
            _missing.Remove(run.Id);
            return false;
        }

        if (!_missing.TryGetValue(run.Id, out var seen) || seen.Attempt != run.Attempt)
        {
            _missing[run.Id] = (run.Attempt, clock.GetTimestamp());
            return false;
        }

        return clock.GetElapsedTime(seen.Since) > s_confirmAfter;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Run} is {Status}: no heartbeat from {Host}.")]
    private static partial void Abandoned(ILogger log, RunId run, RunStatus status, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "The message of {Run} was lost; sending it again.")]
    private static partial void WithoutMessage(ILogger log, RunId run);
}
