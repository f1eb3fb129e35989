using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Trainer.Service;

/// <summary>
/// Reconciles runs that another process trains, such as one started from the command line, with their folders, which are all that is known of them.
/// </summary>
internal sealed class RunsElsewhere(IRetryingRunStore store, RunFolders folders, TimeProvider clock)
{
    /// <param name="runs">The runs of an experiment.</param>
    /// <param name="cancellationToken">Cancels the reads and writes.</param>
    public async Task RefreshAsync(IReadOnlyList<RunState> runs, CancellationToken cancellationToken)
    {
        var elsewhere = runs.Where(run => run.Elsewhere is not null).ToList();
        foreach (var run in elsewhere)
        {
            await store.RefreshElsewhereAsync(run, folders.Run(run.Id), cancellationToken);
        }

        // Without a record it was never submitted, and gets no report.
        if (elsewhere.Count > 0 && !folders.Exists(elsewhere[0].Id))
        {
            await EndIfOverAsync(elsewhere[0].Id.Experiment, cancellationToken);
        }
    }

    private async Task EndIfOverAsync(string id, CancellationToken cancellationToken)
    {
        var runs = await store.ListRunsAsync(id, cancellationToken);
        await store.ChangeExperimentAsync(
            id,
            experiment =>
            {
                var statuses = StageInputs.Statuses(experiment.Recipe, runs);
                if (statuses.Any(status => status.IsActive()))
                {
                    return Transition.Refused(experiment, "some of its runs are running");
                }

                var (status, error) = ExperimentStatusExtensions.Outcome(statuses);
                return Transition.To(experiment with { Status = status, Error = error, Ended = clock.GetUtcNow() });
            },
            cancellationToken);
    }
}
