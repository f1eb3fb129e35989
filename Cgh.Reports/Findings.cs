using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Reports;

/// <summary>Summarizes the results in sentences, each computed from the figures.</summary>
internal static class Findings
{
    /// <summary>A rule suppresses memorization if its top-1 on the corrupt labels is at least this many points below SGD's.</summary>
    public const double MinSuppressedPoints = 10;

    /// <summary>Two runs memorize equally if their top-1 on the corrupt labels differs by at most this many points.</summary>
    public const double MaxEqualPoints = 5;

    /// <summary>The findings of a report as Markdown lists.</summary>
    public static string Make(ReportInput input, ExperimentResults results, EasyHardReport easyHard)
    {
        var summarized = easyHard.RunNames.ToHashSet(StringComparer.Ordinal);
        var others = results.Runs.Where(run => !summarized.Contains(run.Name)).ToList();
        int? ClassesOf(string dataset) => input.Datasets.FirstOrDefault(known => known.Name == dataset)?.Classes;
        var lines = EasyHardSection.Findings(easyHard, results.LearnedOverlap ?? []).Concat(Lines(others, ClassesOf));

        // Easy and hard examples over several seeds state their spread themselves.
        var doubts = results.Runs.Where(run => run.Status != RunStatus.Completed).Select(run => Unfinished(run, isLive: false))
            .Concat(easyHard.Seeds.Count < 2 ? Doubts(others) : []).ToList();
        return List(lines) + (doubts.Count > 0 ? $"\nWhat would change the findings:\n\n{List(doubts)}" : "");
    }

    /// <summary>What runs show, by dataset, labels and model.</summary>
    public static IReadOnlyList<string> Lines(IEnumerable<RunResults> runs, Func<string, int?> classesOf, bool isLive = false) =>
    [
        .. runs.Where(run => run.Final.Count > 0).GroupBy(run => (run.Spec.Dataset, run.Spec.Labels, run.Spec.Model)).SelectMany(group =>
        {
            var variants = Variant.Of(group, foldsUnfinished: isLive);
            var lines = variants.Any(variant => variant.Mean(Curves.Corrupt) is not null)
                ? Memorization(variants, classesOf(group.Key.Dataset))
                : Gaps(variants);
            return lines.Concat(LastAndBest(variants));
        }),
    ];

    /// <summary>What could change the findings about completed runs: too few seeds, differences within their spread, early stopping.</summary>
    public static IReadOnlyList<string> Doubts(IEnumerable<RunResults> runs)
    {
        var groups = runs.Where(run => run.Status == RunStatus.Completed).GroupBy(run => (run.Spec.Dataset, run.Spec.Labels, run.Spec.Model))
            .Select(group => Variant.Of(group)).ToList();
        var variants = groups.SelectMany(group => group).ToList();
        var single = variants.Where(variant => variant.Seeds == 1).Select(variant => variant.Title).ToList();
        return
        [
            .. single.Count == 0 ? Array.Empty<string>()
                : single.Count == variants.Count ? ["Each figure is from a single run; results vary with the seed."]
                : [$"{ReportText.Join(single)} {(single.Count == 1 ? "has" : "have")} one seed only; results vary with the seed."],
            .. groups.SelectMany(Comparisons),
        ];
    }

    private static string List(IEnumerable<string> lines) => string.Concat(lines.Select(line => $"- {line}\n"));

    private static IEnumerable<string> LastAndBest(IReadOnlyList<Variant> variants)
    {
        var figures = variants.Where(variant => variant.Mean(Curves.Test) is not null && variant.BestTest is not null).Select(variant =>
            $"{variant.Title} {ReportText.MeanAndDeviation(variant.Mean(Curves.Test), variant.Deviation(Curves.Test))} and "
            + ReportText.MeanAndDeviation(variant.BestTest!.Mean, variant.BestTest.Deviation)
            + $" ({variant.BestEpochs}, {ReportText.Seeds(variant.Seeds)})").ToList();
        if (figures.Count > 0)
        {
            yield return $"Test accuracy at the last and at the best epoch: {string.Join("; ", figures)}. "
                + "The best epoch is chosen on the test set: an upper bound of what early stopping gives.";
        }
    }

    private static IEnumerable<string> Comparisons(IReadOnlyList<Variant> variants)
    {
        var evaluated = variants.Where(variant => variant.Mean(Curves.Test) is not null && variant.BestTest is not null).ToList();
        if (evaluated.FirstOrDefault(variant => variant.Rule == UpdateRuleCatalog.Baseline) is not { } sgd)
        {
            yield break;
        }

        foreach (var variant in evaluated.Where(variant => variant.Rule != UpdateRuleCatalog.Baseline))
        {
            foreach (var set in new[] { Curves.Test, Curves.Corrupt }.Where(set => variant.Deviation(set) is not null && sgd.Deviation(set) is not null))
            {
                var gain = Math.Abs(Gain(variant, sgd, set));
                var spread = Math.Max(variant.Deviation(set)!.Value, sgd.Deviation(set)!.Value);
                if (gain < spread)
                {
                    yield return $"{variant.Title} and {sgd.Title} differ by {ReportText.Points(gain)} on the "
                        + $"{(set == Curves.Test ? "test set" : "corrupt labels")}, less than the standard deviation over seeds, "
                        + $"{ReportText.Points(spread)}: further seeds may reverse the order.";
                }
            }

            var (last, best) = (Gain(variant, sgd, Curves.Test), variant.BestTest!.Mean - sgd.BestTest!.Mean);
            if (last * best < 0 && Math.Min(Math.Abs(last), Math.Abs(best)) >= 0.05)
            {
                var (ahead, behind) = best > 0 ? (variant, sgd) : (sgd, variant);
                yield return $"At their best epochs {ahead.Title} is {ReportText.Points(best)} ahead of {behind.Title} on the test set; "
                    + $"at the last epoch it is {ReportText.Points(last)} behind.";
            }
        }
    }

    private static IEnumerable<string> Memorization(IReadOnlyList<Variant> variants, int? classes)
    {
        var chance = classes is { } count ? $" (chance: {ReportText.Percent(100.0 / count)})" : "";
        var fits = variants.Where(variant => variant.Mean(Curves.Corrupt) is not null)
            .Select(variant => $"{variant.Title} {ReportText.Percent(variant.Mean(Curves.Corrupt))}").ToList();
        yield return $"Memorization, measured as top-1 on the corrupt labels{chance}: {ReportText.Join(fits)}.";

        var completed = variants.Where(variant => variant.Completed && Curves.EvaluationSets.All(set => variant.Mean(set) is not null)).ToList();
        if (completed.FirstOrDefault(variant => variant.Rule == UpdateRuleCatalog.Baseline) is not { } sgd)
        {
            yield break;
        }

        foreach (var variant in completed.Where(variant => variant.Rule != UpdateRuleCatalog.Baseline))
        {
            yield return $"{variant.Title} compared with {sgd.Title}: top-1 is {Difference(variant, sgd, Curves.Corrupt, "on the corrupt labels")}, "
                + $"{Difference(variant, sgd, Curves.Pristine, "on the pristine labels")} and {Difference(variant, sgd, Curves.Test, "on the test set")}.";
        }

        foreach (var verdict in Verdicts([.. completed.Where(variant => variant.Rule.IsRobust)], sgd))
        {
            yield return verdict;
        }

        foreach (var variant in completed.DistinctBy(variant => variant.Rule))
        {
            if (variant.Rule.Kind.Control is { } control
                && completed.Any(other => other.Rule == RuleChoice.Parse(control.Of) && Suppresses(other, sgd))
                && Math.Abs(Gain(variant, sgd, Curves.Corrupt)) <= MaxEqualPoints)
            {
                yield return $"{variant.Title} {control.Difference} and memorizes as much as {sgd.Title}: {control.Conclusion}.";
            }
        }
    }

    private static IEnumerable<string> Verdicts(IReadOnlyList<Variant> robust, Variant sgd)
    {
        var suppress = robust.Where(variant => Suppresses(variant, sgd)).Select(variant => variant.Title).ToList();
        if (suppress.Count > 0)
        {
            var s = suppress.Count == 1 ? "s" : "";
            yield return $"{ReportText.Join(suppress)} memorize{s} less than {sgd.Title} but still fit{s} the pristine examples, "
                + "as the Coherent Gradients hypothesis predicts for rules that suppress weak gradient directions.";
        }

        var others = robust.Where(variant => !Suppresses(variant, sgd)).Select(variant => variant.Title).ToList();
        if (others.Count > 0)
        {
            yield return $"{ReportText.Join(others)} {(others.Count == 1 ? "does" : "do")} not suppress memorization here. "
                + $"The criterion is a top-1 at least {MinSuppressedPoints} points below {sgd.Title} on the corrupt labels, "
                + "and less than half that difference on the pristine labels.";
        }
    }

    private static IEnumerable<string> Gaps(IReadOnlyList<Variant> variants) =>
        variants.Where(variant => variant.Mean(Curves.TrainSample) is not null && variant.Mean(Curves.Test) is not null).Select(variant =>
            $"{variant.Title}, without corrupt labels: top-1 is {ReportText.Percent(variant.Mean(Curves.TrainSample))} on the train sample and "
            + $"{ReportText.Percent(variant.Mean(Curves.Test))} on the test set, a generalization gap of "
            + $"{ReportText.SignedPoints(variant.Mean(Curves.TrainSample) - variant.Mean(Curves.Test))} points.");

    /// <summary>How far a run is that has not completed.</summary>
    public static string Unfinished(RunResults run, bool isLive)
    {
        var name = ReportText.Code(run.Name);
        var at = run.Epoch is { } epoch ? $"; its figures are from after epoch {epoch} of {run.Spec.Epochs}" : "; it has no figures";
        return run.Status switch
        {
            RunStatus.Queued => $"{name} has not started.",
            RunStatus.Running => $"{name} {(isLive ? "is still running" : "was still running when this report was written")}{at}.",
            RunStatus.Failed => $"{name} failed{at}. Error: {run.Error ?? "not recorded."}",
            _ => $"{name} {(isLive ? "is" : "was")} {ReportText.Status(run.Status)}{at}.",
        };
    }

    private static bool Suppresses(Variant variant, Variant sgd)
    {
        var suppressed = -Gain(variant, sgd, Curves.Corrupt);
        return suppressed >= MinSuppressedPoints && -Gain(variant, sgd, Curves.Pristine) < suppressed / 2;
    }

    private static string Difference(Variant variant, Variant sgd, string set, string where)
    {
        var gain = Gain(variant, sgd, set);
        return Math.Abs(gain) < 0.05 ? $"the same {where}" : $"{ReportText.Points(gain)} {(gain > 0 ? "higher" : "lower")} {where}";
    }

    private static double Gain(Variant variant, Variant other, string set) => variant.Mean(set)!.Value - other.Mean(set)!.Value;
}
