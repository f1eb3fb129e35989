using Cgh.Core.Runs;
using Cgh.Core.Stages;

namespace Cgh.Reports;

/// <summary>
/// How far two architectures learned the same examples in a short training with the same seed. The overlap is the Jaccard index: the examples that
/// both learned, in percent of those that at least one learned.
/// </summary>
public sealed record LearnedOverlap
{
    /// <summary>Seed of both trainings.</summary>
    public required uint Seed { get; init; }

    /// <summary>The two models, in the order of their runs.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Number of training examples.</summary>
    public required int Examples { get; init; }

    /// <summary>Number of examples that each model learned.</summary>
    public required IReadOnlyList<int> Learned { get; init; }

    /// <summary>Number of examples that both learned.</summary>
    public required int Both { get; init; }

    /// <summary>Examples that both learned in percent of those that at least one learned.</summary>
    public double Overlap => Jaccard(Both);

    /// <summary>
    /// The overlap of two sets of these sizes that are drawn at random, independently: they share <c>a * b / examples</c> on average, from which this
    /// is computed.
    /// </summary>
    public double OverlapByChance => Jaccard(Learned[0] * (double)Learned[1] / Examples);

    private double Jaccard(double both) => Learned[0] + Learned[1] - both is var either and > 0 ? 100 * both / either : 0;

    /// <summary>The pairs of splits of the same dataset and seed by different models.</summary>
    internal static IReadOnlyList<LearnedOverlap> Find(ReportInput input)
    {
        var splits = input.Splits
            .Where(split => split.Kind == StageKind.Split)
            .Select(split => (Split: split, Run: input.Runs.FirstOrDefault(run => run.Name == split.From)?.Spec))
            .Where(pair => pair.Run is not null)
            .ToList();
        return
        [
            .. splits.SelectMany((first, index) => splits.Skip(index + 1)
                .Where(second => AreComparable(first.Run!, second.Run!))
                .Select(second => Of(first.Split, first.Run!, second.Split, second.Run!)))
                .OrderBy(overlap => overlap.Seed),
        ];
    }

    private static bool AreComparable(RunSpec first, RunSpec second) =>
        first.Model != second.Model && first.Seed == second.Seed && first.Dataset == second.Dataset && first.Labels == second.Labels;

    private static LearnedOverlap Of(ReportedSplit first, RunSpec firstRun, ReportedSplit second, RunSpec secondRun) => new()
    {
        Seed = firstRun.Seed,
        Models = [firstRun.Model, secondRun.Model],
        Examples = first.Learned.Count + first.NotLearned.Count,
        Learned = [first.Learned.Count, second.Learned.Count],
        Both = first.Learned.Intersect(second.Learned).Count(),
    };
}
