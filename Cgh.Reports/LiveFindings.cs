using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Reports;

/// <summary>The findings of an experiment while its runs train, in the words of its report. Names are in Markdown's backticks.</summary>
/// <param name="Lines">What the runs show.</param>
/// <param name="Doubts">What would change that.</param>
public sealed record LiveFindings(IReadOnlyList<string> Lines, IReadOnlyList<string> Doubts)
{
    // More unfinished runs are counted instead of named.
    private const int MaxNamed = 3;

    /// <summary>Summarizes runs. Those that differ only in their seeds are one, also while they train.</summary>
    /// <param name="runs">The runs of an experiment. Its stages, and runs on easy and hard subsets, are left out: the page has a table of those.</param>
    /// <param name="testRows">Rows of the test curve by run, in the order of <see cref="Curves.EvaluationHeader"/>.</param>
    /// <param name="classesOf">Number of classes of a dataset; null if it is not known.</param>
    public static LiveFindings Of(IReadOnlyList<RunState> runs, Func<RunId, IReadOnlyList<double[]>> testRows, Func<string, int?> classesOf)
    {
        var chains = EasyHardChain.Find(runs.Select(run => run.Spec with { Name = run.Id.Name }));
        var chained = chains.SelectMany(chain => chain.Runs).Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
        var results = runs.Where(run => run.Spec.Derive is null && !chained.Contains(run.Id.Name)).Select(run => Results(run, testRows(run.Id))).ToList();
        var lines = Findings.Lines(results, classesOf, isLive: true);
        return lines.Count == 0
            ? new LiveFindings([], [])
            : new LiveFindings(
                lines,
                [
                    .. results.Where(run => run.Status != RunStatus.Completed).GroupBy(run => run.Status).SelectMany(group => Unfinished([.. group])),
                    .. Findings.Doubts(results),
                ]);
    }

    private static IEnumerable<string> Unfinished(IReadOnlyList<RunResults> runs)
    {
        if (runs.Count <= MaxNamed)
        {
            return runs.Select(run => Findings.Unfinished(run, isLive: true));
        }

        var what = runs[0].Status switch
        {
            RunStatus.Queued => "have not started",
            RunStatus.Running => "are still running",
            RunStatus.Failed => "failed",
            var status => $"are {ReportText.Status(status)}",
        };
        var epochs = runs.Select(run => run.Epoch).OfType<int>().ToList();
        var at = epochs.Count == 0 ? "" : epochs.Min() == epochs.Max()
            ? $"; their figures are from after epoch {epochs.Min()}"
            : $"; their figures are from after epochs {epochs.Min()} to {epochs.Max()}";
        return [$"{ReportText.Count(runs.Count)} runs {what}{at}."];
    }

    private static RunResults Results(RunState run, IReadOnlyList<double[]> test)
    {
        var evaluations = test.Where(row => row[1] > 0).ToList();
        return new RunResults
        {
            Name = run.Id.Name,
            Rule = run.Spec.Rule,
            Status = run.Status,
            Error = run.Error,
            Seed = run.Spec.Seed,
            Epoch = run.Status == RunStatus.Completed ? run.Spec.Epochs : evaluations.Count > 0 ? (int)evaluations[^1][0] : null,
            Final = run.Latest.Where(set => set.Value.Count > 0).ToDictionary(),
            BestTest = evaluations.MaxBy(row => row[3]) is { } best ? new BestEpoch((int)best[0], best[3]) : null,
            Spec = run.Spec,
        };
    }
}
