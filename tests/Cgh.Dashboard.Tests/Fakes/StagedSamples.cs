using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>An experiment with stages: for each seed a short run, a split and three runs on what it derives.</summary>
internal static class StagedSamples
{
    public static Recipe Recipe { get; } = Samples.Recipe with { Runs = [.. Enumerable.Range(0, 5).SelectMany(seed => Chain((uint)seed))] };

    public static ExperimentState Experiment { get; } = Samples.Experiment with { Recipe = Recipe };

    /// <summary>The runs, queued unless <paramref name="statuses"/> has their name.</summary>
    public static IReadOnlyList<RunState> Runs(string id, params (string Name, RunStatus Status)[] statuses) =>
    [
        .. Recipe.Runs.Select(spec => new RunState
        {
            Id = new RunId(id, spec.Name),
            Spec = spec,
            Queued = Samples.Created,
            Status = statuses.FirstOrDefault(run => run.Name == spec.Name).Status,
            Epoch = statuses.Contains((spec.Name, RunStatus.Running)) ? 0.5 * spec.Epochs : 0,
        }),
    ];

    private static IEnumerable<RunSpec> Chain(uint seed)
    {
        var trained = Samples.Recipe.Runs[0] with { Seed = seed };
        yield return trained with { Name = $"short-{seed}", Epochs = 2 };
        yield return new RunSpec
        {
            Name = $"split-{seed}",
            Dataset = trained.Dataset,
            Seed = seed,
            Epochs = 1,
            Derive = new StageSpec { Kind = StageKind.Split, From = $"short-{seed}", Train = 500, Test = 100 },
        };
        foreach (var subset in new[] { StageSpec.Easy, StageSpec.Hard, StageSpec.Random })
        {
            yield return trained with { Name = $"{subset}-{seed}", Dataset = $"split-{seed}/{subset}" };
        }
    }
}
