using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Tests;

/// <summary>Puts a run store into the state that a test begins with, whether or not the lifecycle leads there.</summary>
internal static class RunStoreSetup
{
    public static async Task<bool> UpdateRunAsync(
        this IRunStore store, RunId id, int attempt, Func<RunState, RunState> change, CancellationToken cancellationToken = default) =>
        (await store.ChangeRunAsync(
            id, run => run.Attempt == attempt ? Transition.To(change(run)) : Transition.Refused(run, "it is of another attempt"), cancellationToken)).IsAllowed;

    public static async Task<bool> UpdateExperimentAsync(
        this IRunStore store, string id, Func<ExperimentState, ExperimentState> change, CancellationToken cancellationToken = default) =>
        (await store.ChangeExperimentAsync(id, experiment => Transition.To(change(experiment)), cancellationToken)).IsAllowed;

    /// <summary>Begins an attempt; its number, or null when it was refused.</summary>
    public static async Task<int?> BeginAttemptAsync(
        this IRunStore store, RunId id, string host, string holder, int after, CancellationToken cancellationToken = default) =>
        await store.ApplyAsync(id, new AttemptBegun(host, holder, after), TimeProvider.System, cancellationToken) is { IsAllowed: true } begun ? begun.State.Attempt : null;

    /// <summary>Gives a command; whether it was allowed.</summary>
    public static async Task<bool> CommandAsync(this IRunStore store, RunId id, RunCommand command, CancellationToken cancellationToken = default) =>
        (await store.ApplyAsync(id, new RunCommanded(command), TimeProvider.System, cancellationToken)).IsAllowed;
}
