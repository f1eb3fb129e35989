using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Core.Experiments;

/// <summary>
/// Three runs that differ only in their dataset: the easy, the random and the hard subset that a stage drew, a split or by learning times. Every seed of
/// an easy-and-hard experiment has such a chain.
/// </summary>
/// <param name="Stage">Name of the stage.</param>
/// <param name="Easy">The run on examples that the first training learned, or learned first.</param>
/// <param name="Random">The control: the run on examples drawn from all.</param>
/// <param name="Hard">The run on examples that it did not learn, or learned last.</param>
public sealed record EasyHardChain(string Stage, RunSpec Easy, RunSpec Random, RunSpec Hard)
{
    /// <summary>Names of the subsets, from easy to hard.</summary>
    public static IReadOnlyList<string> Subsets { get; } = [StageSpec.Easy, StageSpec.Random, StageSpec.Hard];

    /// <summary>Seed of the three runs.</summary>
    public uint Seed => Easy.Seed;

    /// <summary>The runs in the order of <see cref="Subsets"/>.</summary>
    public IReadOnlyList<RunSpec> Runs => [Easy, Random, Hard];

    /// <summary>The chains among <paramref name="runs"/>, by seed and in their order.</summary>
    public static IReadOnlyList<EasyHardChain> Find(IEnumerable<RunSpec> runs)
    {
        var chains = new List<EasyHardChain>();
        foreach (var same in runs.Where(run => StageOf(run) is not null).GroupBy(run => (Stage: StageOf(run)!, run with { Name = "", Dataset = "" })))
        {
            RunSpec? On(string subset) => same.FirstOrDefault(run => NameOf(run) == subset);
            if (On(StageSpec.Easy) is { } easy && On(StageSpec.Random) is { } random && On(StageSpec.Hard) is { } hard)
            {
                chains.Add(new EasyHardChain(same.Key.Stage, easy, random, hard));
            }
        }

        return [.. chains.OrderBy(chain => chain.Seed)];
    }

    // A stage's artefact is referred to as STAGE/NAME, or by its path.
    private static string? StageOf(RunSpec run) =>
        Subsets.Contains(NameOf(run)) && Path.GetFileName(Path.GetDirectoryName(run.Dataset)) is { Length: > 0 } stage ? stage : null;

    private static string NameOf(RunSpec run) => Path.GetFileName(run.Dataset);
}
