using Cgh.Core.Runs;

namespace Cgh.Trainer.Report;

/// <summary>What the figures say in plain words; every sentence is computed from them.</summary>
internal static class Reading
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
            lines.AddRange(group.Any(run => run.Top1(Curves.Corrupt) is not null) ? Memorization([.. group], classes) : Gaps([.. group]));
        }

        lines.AddRange(results.Runs.Where(run => run.Status != RunStatus.Completed).Select(Unfinished));
        var completed = results.Runs.Where(run => run.Status == RunStatus.Completed).ToList();
        if (completed.Count > 0 && completed.GroupBy(run => run.Spec with { Name = "", Seed = 0 }).All(same => same.Count() == 1))
        {
            lines.Add("Each figure is of one run with one seed; another seed moves it.");
        }

        return string.Concat(lines.Select(line => $"- {line}\n"));
    }

    private static IEnumerable<string> Memorization(IReadOnlyList<RunResults> runs, int? classes)
    {
        var chance = classes is { } count ? $" (guessing gives {ReportText.Percent(100.0 / count)})" : "";
        var fits = runs.Where(run => run.Top1(Curves.Corrupt) is not null)
            .Select(run => $"{ReportText.Code(run.Name)} {ReportText.Percent(run.Top1(Curves.Corrupt))}").ToList();
        yield return $"Memorized, top-1 on the corrupt labels{chance}: {ReportText.Join(fits)}.";

        var completed = runs.Where(run => run is { Status: RunStatus.Completed, Final.Count: 4 }).ToList();
        if (completed.FirstOrDefault(run => run.Rule == UpdateRule.Sgd) is not { } sgd)
        {
            yield break;
        }

        foreach (var run in completed.Where(run => run.Rule != UpdateRule.Sgd))
        {
            yield return $"{ReportText.Code(run.Name)} against {ReportText.Code(sgd.Name)}: {Difference(run, sgd, Curves.Corrupt, "on the corrupt labels")}, "
                + $"{Difference(run, sgd, Curves.Pristine, "on the pristine ones")}, {Difference(run, sgd, Curves.Test, "on the test set")}.";
        }

        foreach (var verdict in Verdicts([.. completed.Where(run => run.Rule is UpdateRule.Rm3 or UpdateRule.M3)], sgd))
        {
            yield return verdict;
        }

        if (completed.FirstOrDefault(run => run.Rule == UpdateRule.Ra3) is { } average
            && completed.Any(run => run.Rule == UpdateRule.Rm3 && Suppresses(run, sgd))
            && Math.Abs(Gain(average, sgd, Curves.Corrupt)) <= AlikePoints)
        {
            yield return $"{ReportText.Code(average.Name)} averages the same three gradients whose median RM3 takes, and memorizes as {ReportText.Code(sgd.Name)} does: it is the median that suppresses, not the window.";
        }
    }

    private static IEnumerable<string> Verdicts(IReadOnlyList<RunResults> median, RunResults sgd)
    {
        var suppress = median.Where(run => Suppresses(run, sgd)).Select(run => ReportText.Code(run.Name)).ToList();
        if (suppress.Count > 0)
        {
            var s = suppress.Count == 1 ? "s" : "";
            yield return $"{ReportText.Join(suppress)} memorize{s} less than {ReportText.Code(sgd.Name)} and still learn{s} the pristine examples, "
                + "as the Coherent Gradients hypothesis expects of a rule that suppresses weak gradient directions.";
        }

        var others = median.Where(run => !Suppresses(run, sgd)).Select(run => ReportText.Code(run.Name)).ToList();
        if (others.Count > 0)
        {
            yield return $"{ReportText.Join(others)} {(others.Count == 1 ? "does" : "do")} not suppress memorization here: that would be at least {SuppressedPoints} points "
                + $"fewer of the corrupt labels than {ReportText.Code(sgd.Name)}, at less than half of that cost on the pristine ones.";
        }
    }

    private static IEnumerable<string> Gaps(IReadOnlyList<RunResults> runs) =>
        runs.Where(run => run.GeneralizationGap is not null).Select(run =>
            $"{ReportText.Code(run.Name)}, without corrupt labels: {ReportText.Percent(run.Top1(Curves.TrainSample))} on the training sample, {ReportText.Percent(run.Top1(Curves.Test))} on the test set, a gap of {ReportText.SignedPoints(run.GeneralizationGap)} points.");

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

    private static bool Suppresses(RunResults run, RunResults sgd)
    {
        var suppressed = -Gain(run, sgd, Curves.Corrupt);
        return suppressed >= SuppressedPoints && -Gain(run, sgd, Curves.Pristine) < suppressed / 2;
    }

    private static string Difference(RunResults run, RunResults sgd, string set, string where)
    {
        var gain = Gain(run, sgd, set);
        return Math.Abs(gain) < 0.05 ? $"the same {where}" : $"{ReportText.Points(gain)} {(gain > 0 ? "higher" : "lower")} {where}";
    }

    private static double Gain(RunResults run, RunResults other, string set) => run.Final[set].Acc1 - other.Final[set].Acc1;
}
