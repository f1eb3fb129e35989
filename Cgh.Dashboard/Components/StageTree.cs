using Cgh.Core.Experiments;
using Cgh.Core.Stages;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Components;

/// <summary>A run with the runs that need its result.</summary>
/// <param name="Run">The run.</param>
/// <param name="WaitsFor">The run that it waits for; null if it can start or has started.</param>
/// <param name="Next">The runs that need its result, in the recipe's order.</param>
public sealed record StageTree(RunState Run, RunState? WaitsFor, IReadOnlyList<StageTree> Next)
{
    /// <summary>Whether the runs after it can share a line: no other run needs theirs.</summary>
    public bool IsLast => Next.All(next => next.Next.Count == 0);

    /// <summary>
    /// The chains of an experiment, in the recipe's order: each starts with a run that needs no other, usually one for each seed. Runs that depend on no
    /// other and that no other depends on are left out.
    /// </summary>
    public static IReadOnlyList<StageTree> Of(Recipe recipe, IReadOnlyList<RunState> runs)
    {
        var next = runs.ToLookup(run => StageInputs.Of(run.Spec, recipe), StringComparer.Ordinal);
        return [.. next[null].Select(Make).Where(tree => tree.Next.Count > 0)];

        StageTree Make(RunState run) => new(run, StageInputs.WaitsFor(run, recipe, runs), [.. next[run.Id.Name].Select(Make)]);
    }
}
