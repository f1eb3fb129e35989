using Cgh.Core.Runs;
using Cgh.Core.UpdateRules;

namespace Cgh.Reports;

/// <summary>What the figures say in plain words; every sentence is computed from them.</summary>
internal static class Findings
{
    /// <summary>A rule suppresses memorization when it fits at least so many points fewer of the corrupt labels than SGD.</summary>
    public const double SuppressedPoints = 10;

    /// <summary>Two runs memorize alike when they differ by at most so many points on the corrupt labels.</summary>
    public const double AlikePoints = 5;

    public static string Make(ReportInput input, ExperimentResults results)
    {
        var lines = new List<string>();
        foreach (var group in results.Runs.Where(run => run.Final.Count > 0).GroupBy(run => (run.Spec.Dataset, run.Spec.Labels, run.Spec.Model)))
        {
            var classes = input.Datasets.FirstOrDefault(dataset => dataset.Name == group.Key.Dataset)?.Classes;
            var variants = Variant.Of(group);
            lines.AddRange(variants.Any(variant => variant.Mean(Curves.Corrupt) is not null) ? Memorization(variants, classes) : Gaps(variants));
        }

        lines.AddRange(results.Runs.Where(run => run.Status != RunStatus.Completed).Select(Unfinished));
        var completed = Variant.Of(results.Runs.Where(run => run.Status == RunStatus.Completed));
        if (completed.Count > 0 && completed.All(variant => variant.Runs.Count == 1))
        {
            lines.Add("Each figure is of one run with one seed; another seed moves it.");
        }

        return string.Concat(lines.Select(line => $"- {line}\n"));
    }

    private static IEnumerable<string> Memorization(IReadOnlyList<Variant> variants, int? classes)
    {
        var chance = classes is { } count ? $" (guessing gives {ReportText.Percent(100.0 / count)})" : "";
        var fits = variants.Where(variant => variant.Mean(Curves.Corrupt) is not null)
            .Select(variant => $"{variant.Title} {ReportText.Percent(variant.Mean(Curves.Corrupt))}").ToList();
        yield return $"Memorized, top-1 on the corrupt labels{chance}: {ReportText.Join(fits)}.";

        var completed = variants.Where(variant => variant.Completed && Curves.EvaluationSets.All(set => variant.Mean(set) is not null)).ToList();
        if (completed.FirstOrDefault(variant => variant.Rule == UpdateRuleCatalog.Baseline) is not { } sgd)
        {
            yield break;
        }

        foreach (var variant in completed.Where(variant => variant.Rule != UpdateRuleCatalog.Baseline))
        {
            yield return $"{variant.Title} against {sgd.Title}: {Difference(variant, sgd, Curves.Corrupt, "on the corrupt labels")}, "
                + $"{Difference(variant, sgd, Curves.Pristine, "on the pristine ones")}, {Difference(variant, sgd, Curves.Test, "on the test set")}.";
        }

        foreach (var verdict in Verdicts([.. completed.Where(variant => variant.Rule.IsRobust)], sgd))
        {
            yield return verdict;
        }

        foreach (var variant in completed.DistinctBy(variant => variant.Rule))
        {
            if (variant.Rule.Kind.Control is { } control
                && completed.Any(other => other.Rule == RuleChoice.Parse(control.Of) && Suppresses(other, sgd))
                && Math.Abs(Gain(variant, sgd, Curves.Corrupt)) <= AlikePoints)
            {
                yield return $"{variant.Title} {control.Difference}, and memorizes as {sgd.Title} does: {control.Conclusion}.";
            }
        }
    }

    private static IEnumerable<string> Verdicts(IReadOnlyList<Variant> median, Variant sgd)
    {
        var suppress = median.Where(variant => Suppresses(variant, sgd)).Select(variant => variant.Title).ToList();
        if (suppress.Count > 0)
        {
            var s = suppress.Count == 1 ? "s" : "";
            yield return $"{ReportText.Join(suppress)} memorize{s} less than {sgd.Title} and still learn{s} the pristine examples, "
                + "as the Coherent Gradients hypothesis expects of a rule that suppresses weak gradient directions.";
        }

        var others = median.Where(variant => !Suppresses(variant, sgd)).Select(variant => variant.Title).ToList();
        if (others.Count > 0)
        {
            yield return $"{ReportText.Join(others)} {(others.Count == 1 ? "does" : "do")} not suppress memorization here: that would be at least {SuppressedPoints} points "
                + $"fewer of the corrupt labels than {sgd.Title}, at less than half of that cost on the pristine ones.";
        }
    }

    private static IEnumerable<string> Gaps(IReadOnlyList<Variant> variants) =>
        variants.Where(variant => variant.Mean(Curves.TrainSample) is not null && variant.Mean(Curves.Test) is not null).Select(variant =>
            $"{variant.Title}, without corrupt labels: {ReportText.Percent(variant.Mean(Curves.TrainSample))} on the training sample, {ReportText.Percent(variant.Mean(Curves.Test))} on the test set, "
            + $"a gap of {ReportText.SignedPoints(variant.Mean(Curves.TrainSample) - variant.Mean(Curves.Test))} points.");

    private static string Unfinished(RunResults run)
    {
        var name = ReportText.Code(run.Name);
        var at = run.Epoch is { } epoch ? $"; its figures are those after epoch {epoch} of {run.Spec.Epochs}" : "; it has no figures";
        return run.Status switch
        {
            RunStatus.Queued => $"{name} has not begun.",
            RunStatus.Running => $"{name} was still running when this was written{at}.",
            RunStatus.Failed => $"{name} failed{at}: {run.Error ?? "no reason was recorded."}",
            _ => $"{name} was {ReportText.Status(run.Status)}{at}.",
        };
    }

    private static bool Suppresses(Variant variant, Variant sgd)
    {
        var suppressed = -Gain(variant, sgd, Curves.Corrupt);
        return suppressed >= SuppressedPoints && -Gain(variant, sgd, Curves.Pristine) < suppressed / 2;
    }

    private static string Difference(Variant variant, Variant sgd, string set, string where)
    {
        var gain = Gain(variant, sgd, set);
        return Math.Abs(gain) < 0.05 ? $"the same {where}" : $"{ReportText.Points(gain)} {(gain > 0 ? "higher" : "lower")} {where}";
    }

    private static double Gain(Variant variant, Variant other, string set) => variant.Mean(set)!.Value - other.Mean(set)!.Value;
}
