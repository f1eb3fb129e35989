using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.RunStore;

namespace Cgh.Tests;

/// <summary>Sets up the initial state of a test, bypassing the lifecycle where needed.</summary>
internal static class RunStoreSetup
{
    public static async Task<bool> UpdateRunAsync(
        this IRunStore store, RunId id, int attempt, Func<RunState, RunState> change, CancellationToken cancellationToken = default) =>
        (await store.ChangeRunAsync(
            id, run => run.Attempt == attempt ? Transition.To(change(run)) : Transition.Refused(run, "it is of another attempt"), cancellationToken)).IsAllowed;

    public static async Task<bool> UpdateExperimentAsync(
        this IRunStore store, string id, Func<ExperimentState, ExperimentState> change, CancellationToken cancellationToken = default) =>
        (await store.ChangeExperimentAsync(id, experiment => Transition.To(change(experiment)), cancellationToken)).IsAllowed;

    /// <summary>Starts an attempt; returns its number, or null if refused.</summary>
    public static async Task<int?> BeginAttemptAsync(
        this IRunStore store, RunId id, string host, string holder, int after, CancellationToken cancellationToken = default) =>
        await store.ApplyAsync(id, new AttemptBegun(host, holder, after), TimeProvider.System, cancellationToken) is { IsAllowed: true } begun ?
            begun.State.Attempt :
            null;

    /// <summary>Applies a command; returns whether it was allowed.</summary>
    public static async Task<bool> CommandAsync(this IRunStore store, RunId id, RunCommand command, CancellationToken cancellationToken = default) =>
        (await store.ApplyAsync(id, new RunCommanded(command), TimeProvider.System, cancellationToken)).IsAllowed;
}
