using Cgh.Core.Runs;

namespace Cgh.Dashboard.Compare;

/// <summary>Everything that a comparison shows.</summary>
internal sealed record CompareView(ComparedLines Lines, IReadOnlyList<PanelPoints> Panels, IReadOnlyList<CompareValue> Values);

/// <summary>Mean and sample standard deviation of a figure over the runs of a line; no deviation for a single run.</summary>
public sealed record Figure(double Mean, double? Deviation);

/// <summary>The figures of a line in the table.</summary>
/// <param name="Epoch">Epoch of the last evaluation that all runs of the line have; null before the first.</param>
/// <param name="AtEpoch">By evaluation set: accuracy at the chosen epoch, or at the last.</param>
/// <param name="Last">Accuracy on the test set at <paramref name="Epoch"/>.</param>
/// <param name="Best">Highest accuracy of each run on the test set.</param>
/// <param name="BestEpochs">First and last of the epochs at which they were reached.</param>
public sealed record CompareValue(
    double? Epoch, IReadOnlyDictionary<string, Figure> AtEpoch, Figure? Last, Figure? Best, (double First, double Last)? BestEpochs)
{
    /// <summary>The figures of each line. They are never smoothed.</summary>
    internal static IReadOnlyList<CompareValue> Of(IReadOnlyList<ComparedLine> lines, ComparePanels panels, CompareQuery query) => [.. lines.Select(line =>
    {
        var sets = panels.Sets.ToDictionary(set => set, set => panels.ByEpoch(line, set, query.Metric.Column));
        var test = sets.GetValueOrDefault(Curves.Test, Points.Empty);
        var best = line.Runs
            .Select(run => panels.ByEpoch(line with { Runs = [run] }, Curves.Test, query.Metric.Column))
            .Where(points => points.Count > 0)
            .Select(points => points.X.Zip(points.Y).MaxBy(point => point.Second))
            .ToList();
        return new CompareValue(
            sets.Values.Where(points => points.Count > 0).Select(points => (double?)points.X[^1]).Max(),
            sets.Where(set => At(set.Value, query.At) is not null).ToDictionary(set => set.Key, set => At(set.Value, query.At)!),
            At(test, epoch: null),
            best.Count == 0 ? null : Over([.. best.Select(point => point.Second)]),
            best.Count == 0 ? null : (best.Min(point => point.First), best.Max(point => point.First)));
    })];

    private static Figure? At(Points points, int? epoch)
    {
        var at = epoch is { } chosen ? Array.IndexOf(points.X, (double)chosen) : points.Count - 1;
        return at < 0 ? null : new Figure(points.Y[at], points.Deviation?[at]);
    }

    private static Figure Over(IReadOnlyList<double> values)
    {
        // A curve of one point: the arithmetic of the charts.
        var mean = CurveMath.Mean([.. values.Select(value => new Points([0], [value]))]);
        return new Figure(mean.Y[0], mean.Deviation?[0]);
    }
}
