using Cgh.Core.Experiments;
using Cgh.Core.Stages;

namespace Cgh.Reports;

/// <summary>The report's section about easy and hard examples.</summary>
internal static class EasyHardSection
{
    private const string SplitDefinition =
        "A short training splits the training set into examples that it classifies correctly at its end (learned) and those that it does not. "
        + "Easy: drawn from the learned examples; hard: drawn from the others; random: drawn from all.";

    private const string LearningDefinition =
        "The training examples are ordered by when a tracked training learned them. Easy: the first of this order; hard: its last; random: drawn from all. "
        + "Learned: right at the last tracked epoch.";

    private const string Definitions =
        "The three subsets of a seed have equal sizes. A new network is trained on each. The generalization gap is the accuracy on the subset's training "
        + "examples minus that on its own test set, in percentage points. The original test set is that of the whole dataset. "
        + "Spread is the sample standard deviation over seeds.";

    private const string OverlapDefinition =
        "Overlap of what two architectures learned in short trainings with the same seed: examples that both learned, in percent of those that at least "
        + "one learned (Jaccard index). By chance: the same for two random sets of these sizes, which share the product of their sizes divided by the "
        + "number of examples.";

    /// <summary>The text of the section; empty without easy and hard subsets and without an overlap.</summary>
    public static string Make(EasyHardReport report, IReadOnlyList<LearnedOverlap> overlaps)
    {
        var parts = new List<string>();
        if (report.Exists)
        {
            var drawn = report.Kinds.Select(kind => kind == StageKind.Learning ? LearningDefinition : SplitDefinition);
            parts.Add($"{string.Join(' ', drawn)} {Definitions}\n");
        }

        if (report.Seeds.Count > 0)
        {
            parts.Add(SeedTable(report.Seeds));
            parts.Add(SubsetTable(report.Seeds));
            parts.Add($"![{EasyHardFigure.Caption}]({EasyHardFigure.Name}.png)\n");
            parts.Add($"{EasyHardFigure.Caption}; small markers are seeds, large ones means ([SVG]({EasyHardFigure.Name}.svg)).\n");
        }

        if (overlaps.Count > 0)
        {
            parts.Add($"{OverlapDefinition}\n");
            parts.Add(OverlapTable(overlaps));
        }

        return string.Join('\n', parts);
    }

    /// <summary>The result in sentences.</summary>
    public static IEnumerable<string> Findings(EasyHardReport report, IReadOnlyList<LearnedOverlap> overlaps)
    {
        if (report.Seeds.Count > 0)
        {
            var gaps = EasyHardChain.Subsets.Zip(Spreads(report.Seeds, subset => subset.Gap)).ToList();
            var seeds = report.Seeds.Count == 1 ? "One seed" : $"Mean over {report.Seeds.Count} seeds ± standard deviation";
            yield return $"Generalization gap of what was learned early (easy), of a random sample and of what was not (hard). {seeds}: "
                + $"{ReportText.Join([.. gaps.Select(gap => $"{gap.First} {Spread(gap.Second)}")])} points.";
            yield return Order(report.Seeds);
            if (report.Seeds.Count > 1)
            {
                yield return Distance([.. gaps.Select(gap => gap.Second)]);
            }
        }

        foreach (var models in overlaps.GroupBy(overlap => (First: overlap.Models[0], Second: overlap.Models[1])))
        {
            yield return $"{ReportText.Code(models.Key.First)} and {ReportText.Code(models.Key.Second)} learned the same examples early to "
                + $"{Spread(MeanAndDeviation.Of([.. models.Select(overlap => overlap.Overlap)]))}% (by chance: "
                + $"{Spread(MeanAndDeviation.Of([.. models.Select(overlap => overlap.OverlapByChance)]))}%; "
                + $"{models.Count()} {(models.Count() == 1 ? "seed" : "seeds")}).";
        }

        foreach (var left in report.Incomplete)
        {
            yield return $"Easy and hard, left out: {left}.";
        }
    }

    private static string Order(IReadOnlyList<EasyHardSeed> seeds)
    {
        var others = seeds.Where(seed => !seed.HasExpectedOrder).Select(seed => $"{seed.Seed}").ToList();
        return others.Count == 0
            ? $"The gaps rise from easy over random to hard in {(seeds.Count == 1 ? "this seed" : "every seed")}: what is learned early generalizes better "
                + "among itself, as the Coherent Gradients hypothesis predicts."
            : $"The gaps rise from easy over random to hard in {seeds.Count - others.Count} of {seeds.Count} seeds, not in seed {ReportText.Join(others)}.";
    }

    private static string Distance(MeanAndDeviation[] gaps)
    {
        var pairs = EasyHardChain.Subsets.Zip(EasyHardChain.Subsets.Skip(1))
            .Select((names, index) => (Names: $"{names.First} and {names.Second}", Low: gaps[index], High: gaps[index + 1]))
            .ToList();
        var apart = pairs.Select(pair => $"{pair.Names} {ReportText.SignedPoints(pair.High.Mean - pair.Low.Mean)}").ToList();
        var close = pairs.Where(pair => pair.High.Mean - pair.Low.Mean <= pair.High.Deviation + pair.Low.Deviation).Select(pair => pair.Names).ToList();
        var verdict = close.Count == 0
            ? "further apart than the sum of their standard deviations"
            : $"not further apart than the sum of their standard deviations for {ReportText.Join(close)}";
        return $"The mean gaps are {verdict}: {ReportText.Join(apart)} points.";
    }

    private static string SeedTable(IReadOnlyList<EasyHardSeed> seeds)
    {
        var rows = seeds.Select(seed => (IReadOnlyList<string>)
        [
            $"{seed.Seed}",
            ReportText.Count(seed.Learned),
            ReportText.Count(seed.NotLearned),
            .. seed.Subsets.Select(subset => ReportText.SignedPoints(subset.Gap)),
            seed.HasExpectedOrder ? "yes" : "no",
        ]).ToList();
        if (seeds.Count > 1)
        {
            rows.Add(
            [
                "mean ± spread",
                Examples(seeds, seed => seed.Learned),
                Examples(seeds, seed => seed.NotLearned),
                .. Spreads(seeds, subset => subset.Gap).Select(Spread),
                $"{seeds.Count(seed => seed.HasExpectedOrder)} of {seeds.Count}",
            ]);
        }

        return MarkdownTable.Make(["seed", "learned", "not learned", "easy gap", "random gap", "hard gap", "easy < random < hard"], rows);
    }

    private static string SubsetTable(IReadOnlyList<EasyHardSeed> seeds)
    {
        var columns = new Func<EasyHardSubset, double>[] { subset => subset.Train, subset => subset.Test, subset => subset.Gap, subset => subset.OriginalTest }
            .Select(value => Spreads(seeds, value)).ToList();
        return MarkdownTable.Make(
            ["subset", "train", "own test", "train - test", "original test"],
            [.. EasyHardChain.Subsets.Select((name, index) => (IReadOnlyList<string>)[name, .. columns.Select(column => Spread(column[index]))])]);
    }

    private static string OverlapTable(IReadOnlyList<LearnedOverlap> overlaps) => MarkdownTable.Make(
        ["seed", "models", "learned", "both", "overlap", "by chance"],
        [
            .. overlaps.Select(overlap => (IReadOnlyList<string>)
            [
                $"{overlap.Seed}",
                string.Join(", ", overlap.Models),
                string.Join(", ", overlap.Learned.Select(ReportText.Count)),
                ReportText.Count(overlap.Both),
                ReportText.Percent(overlap.Overlap),
                ReportText.Percent(overlap.OverlapByChance),
            ]),
        ]);

    private static MeanAndDeviation[] Spreads(IReadOnlyList<EasyHardSeed> seeds, Func<EasyHardSubset, double> value) =>
        [.. EasyHardChain.Subsets.Select((_, index) => MeanAndDeviation.Of([.. seeds.Select(seed => value(seed.Subsets[index]))]))];

    private static string Examples(IReadOnlyList<EasyHardSeed> seeds, Func<EasyHardSeed, double> value)
    {
        var figures = MeanAndDeviation.Of([.. seeds.Select(value)]);
        return FormattableString.Invariant($"{figures.Mean:N0} ± {figures.Deviation:N0}");
    }

    private static string Spread(MeanAndDeviation figures) => figures.Deviation is { } deviation
        ? FormattableString.Invariant($"{figures.Mean:0.0} ± {deviation:0.0}")
        : FormattableString.Invariant($"{figures.Mean:0.0}");
}
