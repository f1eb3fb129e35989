using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Reconciles experiments that are not over: takes the next step where the message that should have caused it was lost.</summary>
internal sealed class OpenExperiments(IRetryingRunStore store, ISendEndpointProvider sender, ExperimentCoordinator coordinator, TimeProvider clock)
{
    private static readonly TimeSpan s_messageTimeout = TimeSpan.FromSeconds(15);

    // Making a dataset may take hours; asking again costs little and mends an answer that was lost.
    private static readonly TimeSpan s_askAgainAfter = TimeSpan.FromMinutes(5);

    /// <summary>Asks for the dataset again, queues runs that were never queued, and closes the experiment if its runs are at rest.</summary>
    public async Task AdvanceAsync(ExperimentState experiment, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (experiment.Status == ExperimentStatus.Preparing
            && (experiment.Asked is not { } asked || now - asked > s_askAgainAfter)
            && now - experiment.Created > s_messageTimeout)
        {
            await coordinator.PrepareAsync(sender, experiment, cancellationToken);
        }

        if (experiment.Status == ExperimentStatus.Running)
        {
            foreach (var run in await store.ListRunsAsync(experiment.Id, cancellationToken))
            {
                if (run is { Status: RunStatus.Queued, Offered: null } && now - run.Queued > s_messageTimeout)
                {
                    await coordinator.OfferAsync(sender, run.Id, experiment.Recipe.Priority, cancellationToken);
                }
            }
        }

        await coordinator.CloseIfOverAsync(sender, experiment.Id, cancellationToken);
    }
}
