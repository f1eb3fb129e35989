using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Reports;

/// <summary>What an experiment says about easy and hard examples, from its run folders.</summary>
/// <param name="Seeds">The seeds that are complete.</param>
/// <param name="Incomplete">Why other seeds are left out, in words.</param>
/// <param name="RunNames">Names of the runs of the complete seeds.</param>
/// <param name="Kinds">Kinds of the stages that drew the subsets, each once.</param>
internal sealed record EasyHardReport(
    IReadOnlyList<EasyHardSeed> Seeds, IReadOnlyList<string> Incomplete, IReadOnlyList<string> RunNames, IReadOnlyList<StageKind> Kinds)
{
    /// <summary>Whether the experiment has trainings on easy, random and hard subsets.</summary>
    public bool Exists => Seeds.Count + Incomplete.Count > 0;

    public static EasyHardReport From(ReportInput input)
    {
        var seeds = new List<EasyHardSeed>();
        var incomplete = new List<string>();
        var names = new List<string>();
        var chains = EasyHardChain.Find(input.Runs.Select(run => run.Spec with { Name = run.Name }));
        foreach (var chain in chains)
        {
            var runs = chain.Runs.Select(spec => input.Runs.First(run => run.Name == spec.Name)).ToList();
            var split = input.Splits.FirstOrDefault(split => split.Name == chain.Stage);
            var subsets = runs.Select(Subset).ToList();
            if (split is not null && subsets is [{ } easy, { } random, { } hard])
            {
                names.AddRange(runs.Select(run => run.Name));
                seeds.Add(new EasyHardSeed
                {
                    Seed = chain.Seed,
                    Learned = split.Learned.Count,
                    NotLearned = split.NotLearned.Count,
                    Easy = easy,
                    Random = random,
                    Hard = hard,
                });
            }
            else
            {
                var missing = runs.Where((_, index) => subsets[index] is null).Select(run => $"{ReportText.Code(run.Name)} {State(run)}");
                var noSplit = $"{ReportText.Code(chain.Stage)} has not split the training set";
                incomplete.Add($"seed {chain.Seed}: {ReportText.Join([.. missing.DefaultIfEmpty(noSplit)])}");
            }
        }

        var kinds = chains.Select(chain => input.Stages.FirstOrDefault(stage => stage.Name == chain.Stage)?.Spec.Derive?.Kind ?? StageKind.Split);
        return new EasyHardReport(seeds, incomplete, names, [.. kinds.Distinct()]);
    }

    private static EasyHardSubset? Subset(ReportedRun run) =>
        run.Status == RunStatus.Completed
        && run.Final(Curves.TrainSample) is { } train && run.Final(Curves.Test) is { } test && run.Final(Curves.OriginalTest) is { } original
            ? new EasyHardSubset(train.Acc1, test.Acc1, train.Acc1 - test.Acc1, original.Acc1)
            : null;

    private static string State(ReportedRun run) => run.Status switch
    {
        RunStatus.Completed => "has no test set of its own",
        RunStatus.Queued => "has not started",
        RunStatus.Running => "is running",
        _ => $"is {ReportText.Status(run.Status)}",
    };
}
