using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Reconciles runs with the queue: those whose trainer is gone are queued again, those whose message is lost get one.</summary>
internal sealed partial class LostRuns(
    IRetryingRunStore store, ISendEndpointProvider sender, ExperimentCoordinator coordinator, RunningAttempts running, TimeProvider clock, ILogger<LostRuns> log)
{
    // A message that was sent has long come to a trainer with a free slot by then.
    private static readonly TimeSpan s_messageTimeout = TimeSpan.FromSeconds(15);

    // A store that was away comes back without heartbeats, and they take a moment.
    private static readonly TimeSpan s_confirmAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<RunId, (int Attempt, long Since)> _silent = [];

    /// <summary>Queues the experiment's runs again whose trainer sends no heartbeat; one with a stop request is stopped instead.</summary>
    public async Task QueueAbandonedAsync(ExperimentState experiment, CancellationToken cancellationToken)
    {
        foreach (var run in await store.ListRunsAsync(experiment.Id, cancellationToken))
        {
            if (!IsAbandoned(run))
            {
                continue;
            }

            _silent.Remove(run.Id);
            var transition = await store.ApplyAsync(run.Id, new TrainerLost(run.Attempt), clock, cancellationToken);
            if (transition.IsAllowed)
            {
                Abandoned(log, run.Id, transition.State.Status, run.Host ?? "its trainer");
                await coordinator.CarryOutAsync(sender, transition.Effects, experiment.Recipe.Priority, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Sends a message for queued runs that seem to have none: a trainer with a free slot has had every message there is. Those first that would be
    /// first in the queue.
    /// </summary>
    public async Task OfferWithoutMessageAsync(IEnumerable<ExperimentState> underWay, CancellationToken cancellationToken)
    {
        var free = running.FreeSlots;
        foreach (var experiment in underWay.Where(experiment => experiment.Status == ExperimentStatus.Running).OrderByDescending(experiment => experiment.Recipe.Priority))
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

    // Only if it is still so a while after it was first seen, in the same attempt.
    private bool IsAbandoned(RunState run)
    {
        if (!run.Phase().IsRunning() || run.IsHeld || running.Holds(run.Id))
        {
            _silent.Remove(run.Id);
            return false;
        }

        if (!_silent.TryGetValue(run.Id, out var seen) || seen.Attempt != run.Attempt)
        {
            _silent[run.Id] = (run.Attempt, clock.GetTimestamp());
            return false;
        }

        return clock.GetElapsedTime(seen.Since) > s_confirmAfter;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Run} is {Status}: {Host} sends no heartbeat.")]
    private static partial void Abandoned(ILogger log, RunId run, RunStatus status, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Run} is queued and no message came for it; it gets one.")]
    private static partial void WithoutMessage(ILogger log, RunId run);
}
