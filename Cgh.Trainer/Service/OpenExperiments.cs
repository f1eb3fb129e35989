using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.RunStore;
using MassTransit;

namespace Cgh.Trainer.Service;

/// <summary>Reconciles experiments with their runs: takes the next step if the message that triggers it was lost.</summary>
internal sealed class OpenExperiments(IRetryingRunStore store, ISendEndpointProvider sender, ExperimentCoordinator coordinator, TimeProvider clock)
{
    private static readonly TimeSpan s_messageTimeout = TimeSpan.FromSeconds(15);

    // Preparing a dataset can take hours. Requesting it again is cheap, and recovers a lost answer.
    private static readonly TimeSpan s_requestInterval = TimeSpan.FromMinutes(5);

    /// <summary>Requests the dataset again, queues runs that were never queued, and closes the experiment if no run is active.</summary>
    public async Task AdvanceAsync(ExperimentState experiment, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (experiment.Status == ExperimentStatus.Preparing
            && (experiment.Asked is not { } requested || now - requested > s_requestInterval)
            && now - experiment.Created > s_messageTimeout)
        {
            await coordinator.PrepareAsync(sender, experiment, cancellationToken);
        }

        var runs = await store.ListRunsAsync(experiment.Id, cancellationToken);
        if (experiment.Status == ExperimentStatus.Running)
        {
            foreach (var run in runs)
            {
                if (run is { Status: RunStatus.Queued, Offered: null } && now - ReadySince(run, experiment, runs) > s_messageTimeout)
                {
                    await coordinator.OfferAsync(sender, run.Id, experiment.Recipe.Priority, cancellationToken);
                }
            }
        }

        // The event of a run that has just ended closes the experiment, in the trace of its command.
        if (now - runs.Max(run => run.Ended) is not { } since || since > s_messageTimeout)
        {
            await coordinator.CloseIfOverAsync(sender, experiment.Id, cancellationToken);
        }
    }

    /// <summary>Reopens an ended experiment with a run that was resumed, or whose trainer turned out to be alive, after the end.</summary>
    public async Task ReopenAsync(ExperimentState experiment, IReadOnlyList<RunState> runs, CancellationToken cancellationToken)
    {
        // Runs of a submission that failed are queued since the experiment was created; they wait for a user.
        if (runs.Any(run => run.Status == RunStatus.Running || (IsWaitingForATrainer(run) && run.Queued > experiment.Created)))
        {
            await coordinator.ReopenAsync(sender, experiment.Id, cancellationToken);
        }

        // Not one that waits for a run which has stopped.
        bool IsWaitingForATrainer(RunState run) => StageInputs.Status(run, experiment.Recipe, runs) == RunStatus.Queued;
    }

    // Null while it needs the result of another run.
    private static DateTimeOffset? ReadySince(RunState run, ExperimentState experiment, IReadOnlyList<RunState> runs)
    {
        if (StageInputs.WaitsFor(run, experiment.Recipe, runs) is not null)
        {
            return null;
        }

        var input = StageInputs.Of(run.Spec, experiment.Recipe) is { } name ? runs.FirstOrDefault(other => other.Id.Name == name)?.Ended : null;
        return input > run.Queued ? input : run.Queued;
    }
}
