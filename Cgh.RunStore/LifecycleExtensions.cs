using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>Applies lifecycle events to the run store. The caller carries out the effects.</summary>
public static class LifecycleExtensions
{
    public static Task<Transition<RunState>> ApplyAsync(
        this IRunStore store, RunId run, RunEvent happened, TimeProvider clock, CancellationToken cancellationToken = default) =>
        store.ChangeRunAsync(run, state => RunLifecycle.Apply(state, happened, clock.GetUtcNow()), cancellationToken);

    public static Task<Transition<ExperimentState>> ApplyAsync(
        this IRunStore store, string experiment, ExperimentEvent happened, TimeProvider clock, CancellationToken cancellationToken = default) =>
        store.ChangeExperimentAsync(experiment, state => ExperimentLifecycle.Apply(state, happened, clock.GetUtcNow()), cancellationToken);
}
