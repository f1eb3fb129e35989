using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Components;

namespace Cgh.Dashboard.Compare;

/// <summary>A chart of the comparison; charts with the same name of an axis have the same scale and zoom.</summary>
/// <param name="Id">Name in the page and in the file of an export.</param>
/// <param name="Title">The title.</param>
/// <param name="Explanation">How to read it, in a sentence.</param>
/// <param name="X">Name of the horizontal axis.</param>
/// <param name="XTitle">Title of the horizontal axis, with the unit.</param>
/// <param name="Y">Name of the vertical axis.</param>
/// <param name="YTitle">Title of the vertical axis, with the unit.</param>
public sealed record ComparePanel(string Id, string Title, string Explanation, string X, string XTitle, string Y, string YTitle)
{
    /// <summary>Name of the horizontal axis of every curve.</summary>
    public const string CurveX = "x";

    public bool XIsLog { get; init; }

    public bool YIsLog { get; init; }

    /// <summary>The points are a path through two accuracies instead of a curve.</summary>
    public bool IsPlane { get; init; }

    /// <summary>Values are percentages.</summary>
    public bool IsPercent => Y != CompareQuery.Loss;

    /// <summary>Accuracy of chance in percent, drawn as a line; null if it is not known or not an accuracy.</summary>
    public double? Chance { get; init; }
}

/// <summary>The points of a chart, by line.</summary>
public sealed record PanelPoints(ComparePanel Panel, IReadOnlyList<Points> Lines);

/// <summary>Computes the charts of a comparison from the rows of its curves.</summary>
internal sealed class ComparePanels(CompareQuery query, IReadOnlyList<ComparedLine> lines, CurveReader curves, DateTimeOffset now)
{
    // Columns of the CSV of an evaluation set.
    private const int Loss = 2;
    private const int Top1 = 3;

    /// <summary>The evaluation sets of the runs.</summary>
    public IReadOnlyList<string> Sets { get; } = SetsOf(lines.SelectMany(line => line.Runs));

    /// <summary>The curves that a comparison of runs reads.</summary>
    public static IReadOnlyList<string> CurvesOf(IEnumerable<RunState> runs, CompareQuery query) =>
        [.. SetsOf(runs), .. query.Show.Contains(CompareQuery.TrainingLoss) ? [Curves.Train] : Array.Empty<string>()];

    /// <summary>All charts with every point.</summary>
    /// <param name="classes">Number of classes of the dataset; null if unknown or not the same for all runs.</param>
    public IReadOnlyList<PanelPoints> Make(int? classes)
    {
        double? chance = classes is { } count ? 100.0 / count : null;
        var made = new List<PanelPoints>();
        if (query.Show.Contains(CompareQuery.Accuracy))
        {
            made.AddRange(Sets.Select(set => new PanelPoints(
                Curve($"accuracy-{set}", CurveText.Title(set), CurveText.Explanation(set), CompareQuery.Accuracy, $"Accuracy, {query.Metric.Name} (%)")
                with
                {
                    Chance = query.Metric == AccuracyMetric.Top1 ? chance : chance * 5 is < 100 and var five ? five : null,
                },
                [.. lines.Select(line => Of(line, set, query.Metric.Column))])));
        }

        if (query.Show.Contains(CompareQuery.Loss))
        {
            made.AddRange(Sets.Select(set => new PanelPoints(
                Curve($"loss-{set}", $"{CurveText.Title(set)}, loss", CurveText.Explanation(set), CompareQuery.Loss, "Loss (cross-entropy)"),
                [.. lines.Select(line => Of(line, set, Loss))])));
        }

        if (query.Show.Contains(CompareQuery.TrainingLoss))
        {
            made.Add(new PanelPoints(
                Curve("loss-train", CurveText.Title(Curves.Train), CurveText.Explanation(Curves.Train), CompareQuery.Loss, "Loss (cross-entropy)"),
                [.. lines.Select(line => Of(line, Curves.Train, column: 3))]));
        }

        if (query.Show.Contains(CompareQuery.Plane))
        {
            made.Add(Plane("memorization-plane", "Memorization plane", Curves.Pristine, Curves.Corrupt,
                "Each line is a path over time to its dot. Right: learned. Up: memorized. Towards the lower right: learned without memorizing.", chance));
            made.Add(Plane("corrupt-test", "Test against corrupt labels", Curves.Corrupt, Curves.Test,
                "Each line is a path over time to its dot. Right: memorized. Up: generalized.", chance));
        }

        return [.. made.Where(panel => panel.Lines.Any(points => points.Count > 0) || !panel.Panel.IsPlane)];
    }

    /// <summary>Points of a line against its epoch, without smoothing.</summary>
    public Points ByEpoch(ComparedLine line, string set, int column) =>
        CurveMath.Mean([.. line.Runs.Select(run => Raw(run, set, column, CompareAxis.Epoch))]);

    /// <summary>Minutes that a run takes for an epoch; null before it is known.</summary>
    public static double? MinutesPerEpoch(RunState run, DateTimeOffset now)
    {
        var epochs = RunProgress.Fraction(run) * run.Spec.Epochs;
        if (run is { Attempt: 1, Started: { } started } && epochs > 0)
        {
            return ((run.Ended ?? now) - started).TotalMinutes / epochs;
        }

        // Between attempts a run waits, and what they repeat is not counted: its rate says more.
        return run is { ImagesPerSecond: > 0, TotalSteps: > 0 }
            ? (double)run.TotalSteps * run.Spec.BatchSize / run.Spec.Epochs / run.ImagesPerSecond / 60
            : null;
    }

    private static IReadOnlyList<string> SetsOf(IEnumerable<RunState> runs)
    {
        var latest = runs.SelectMany(run => run.Latest).Where(set => set.Value.Count > 0).Select(set => set.Key).ToHashSet(StringComparer.Ordinal);
        return latest.Count == 0 ? Curves.EvaluationSets : [.. Curves.EvaluationSetsIn(latest).Where(latest.Contains)];
    }

    private ComparePanel Curve(string id, string title, string explanation, string y, string yTitle) =>
        new(id, title, explanation, ComparePanel.CurveX, XTitle, y, yTitle) { XIsLog = query.LogX, YIsLog = query.LogLoss && y == CompareQuery.Loss };

    private string XTitle => query.Axis switch
    {
        CompareAxis.Step => "Step",
        CompareAxis.Time => "Time (min), spread evenly over the epochs",
        _ => "Epoch",
    };

    private PanelPoints Plane(string id, string title, string x, string y, string explanation, double? chance) => new(
        new ComparePanel(id, title, explanation, x, $"{CurveText.Title(x)}, top-1 (%)", y, $"{CurveText.Title(y)}, top-1 (%)")
        {
            IsPlane = true,
            Chance = chance,
        },
        [.. lines.Select(line => Path(ByEpoch(line, x, Top1), ByEpoch(line, y, Top1)))]);

    // Joins two curves at their common epochs.
    private static Points Path(Points right, Points up)
    {
        var at = new Dictionary<double, double>(up.Count);
        for (var i = 0; i < up.Count; i++)
        {
            at[up.X[i]] = up.Y[i];
        }

        var common = Enumerable.Range(0, right.Count).Where(i => at.ContainsKey(right.X[i])).ToList();
        return new Points([.. common.Select(i => right.Y[i])], [.. common.Select(i => at[right.X[i]])]) { Epochs = [.. common.Select(i => right.X[i])] };
    }

    // Runs of a group differ in speed but have the same epochs and steps: in time, the group has the mean of their speeds.
    private Points Of(ComparedLine line, string curve, int column)
    {
        var isGroupInTime = query.Axis == CompareAxis.Time && line.Runs.Count > 1;
        var mean = CurveMath.Mean([.. line.Runs.Select(run =>
        {
            var points = Raw(run, curve, column, isGroupInTime ? CompareAxis.Epoch : query.Axis);
            return query.Smoothing > 0 ? points with { Y = CurveMath.Smooth(points.Y, query.Smoothing) } : points;
        })]);
        if (!isGroupInTime)
        {
            return mean;
        }

        var speeds = line.Runs.Select(run => MinutesPerEpoch(run, now)).OfType<double>().ToList();
        return speeds.Count == 0 ? Points.Empty : mean with { X = [.. mean.X.Select(epoch => epoch * speeds.Average())] };
    }

    private Points Raw(RunState run, string curve, int column, CompareAxis axis)
    {
        var steps = (double)run.TotalSteps / run.Spec.Epochs;
        double? scale = axis switch
        {
            CompareAxis.Step => steps > 0 ? steps : null,
            CompareAxis.Time => MinutesPerEpoch(run, now),
            _ => 1,
        };
        var isTraining = curve == Curves.Train;
        if (scale is not { } factor || (isTraining && steps <= 0))
        {
            return Points.Empty;
        }

        var rows = curves.Rows(run.Id, curve);
        var used = rows.Where(row => isTraining || row[1] > 0).ToList();
        return new Points(
            [.. used.Select(row => factor * (isTraining ? row[0] + (row[1] / steps) : row[0]))],
            [.. used.Select(row => row[column])]);
    }
}
