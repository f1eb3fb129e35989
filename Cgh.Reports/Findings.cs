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

    public static string Make(ReportInput input, ExperimentResults results, EasyHardReport easyHard)
    {
        var lines = EasyHardSection.Findings(easyHard, results.LearnedOverlap ?? []).ToList();
        var summarized = easyHard.RunNames.ToHashSet(StringComparer.Ordinal);
        var others = results.Runs.Where(run => run.Final.Count > 0 && !summarized.Contains(run.Name));
        foreach (var group in others.GroupBy(run => (run.Spec.Dataset, run.Spec.Labels, run.Spec.Model)))
        {
            var classes = input.Datasets.FirstOrDefault(dataset => dataset.Name == group.Key.Dataset)?.Classes;
            var variants = Variant.Of(group);
            lines.AddRange(variants.Any(variant => variant.Mean(Curves.Corrupt) is not null) ? Memorization(variants, classes) : Gaps(variants));
        }

        lines.AddRange(results.Runs.Where(run => run.Status != RunStatus.Completed).Select(Unfinished));
        var completed = Variant.Of(results.Runs.Where(run => run.Status == RunStatus.Completed));
        if (easyHard.Seeds.Count < 2 && completed.Count > 0 && completed.All(variant => variant.Runs.Count == 1))
        {
            lines.Add("Each figure is from a single run; results vary with the seed.");
        }

        return string.Concat(lines.Select(line => $"- {line}\n"));
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

    private static string Unfinished(RunResults run)
    {
        var name = ReportText.Code(run.Name);
        var at = run.Epoch is { } epoch ? $"; its figures are from after epoch {epoch} of {run.Spec.Epochs}" : "; it has no figures";
        return run.Status switch
        {
            RunStatus.Queued => $"{name} has not started.",
            RunStatus.Running => $"{name} was still running when this report was written{at}.",
            RunStatus.Failed => $"{name} failed{at}. Error: {run.Error ?? "not recorded."}",
            _ => $"{name} was {ReportText.Status(run.Status)}{at}.",
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
