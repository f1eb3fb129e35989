using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Reports;

/// <summary>Runs whose specs differ only in the seed, or a single run.</summary>
/// <param name="Title">Name in the report.</param>
/// <param name="Rule">The runs' update rule.</param>
/// <param name="Runs">The runs, at least one.</param>
internal sealed record Variant(string Title, RuleChoice Rule, IReadOnlyList<RunResults> Runs)
{
    /// <summary>Groups runs and keeps their order. A run that did not complete is a variant of its own, unless it is folded, too.</summary>
    public static IReadOnlyList<Variant> Of(IEnumerable<RunResults> runs, bool foldsUnfinished = false) =>
    [
        .. runs.GroupBy(run => foldsUnfinished || run.Status == RunStatus.Completed ? run.Spec with { Name = "", Seed = 0 } : run.Spec)
            .Select(same => new Variant(MakeTitle([.. same]), same.First().Rule, [.. same])),
    ];

    public bool Completed => Runs.All(run => run.Status == RunStatus.Completed);

    /// <summary>Mean top-1 over the runs in percent; null if a run lacks the set.</summary>
    public double? Mean(string set) => Spread(set)?.Mean;

    /// <summary>Sample standard deviation of top-1 over the runs, in percentage points; null for a single run.</summary>
    public double? Deviation(string set) => Spread(set)?.Deviation;

    /// <summary>Number of different seeds.</summary>
    public int Seeds => Runs.Select(run => run.Seed).Distinct().Count();

    /// <summary>Top-1 on the test set at the best epoch of each run, in percent; null if a run lacks the set.</summary>
    public MeanAndDeviation? BestTest => Runs.All(run => run.BestTest is not null) ? MeanAndDeviation.Of([.. Runs.Select(run => run.BestTest!.Acc1)]) : null;

    /// <summary>The best epochs of the runs in words.</summary>
    public string BestEpochs => (Runs.Min(run => run.BestTest?.Epoch), Runs.Max(run => run.BestTest?.Epoch)) switch
    {
        var (first, last) when first == last => $"epoch {first}",
        var (first, last) => $"epochs {first} to {last}",
    };

    private MeanAndDeviation? Spread(string set) => Runs.All(run => run.Top1(set) is not null)
        ? MeanAndDeviation.Of([.. Runs.Select(run => run.Top1(set)!.Value)])
        : null;

    private static string MakeTitle(IReadOnlyList<RunResults> runs) =>
        runs.Count == 1 ? ReportText.Code(runs[0].Name) : $"{runs[0].Rule.Title} ({ReportText.Code(runs[0].Name)}, {runs.Count} runs)";
}
