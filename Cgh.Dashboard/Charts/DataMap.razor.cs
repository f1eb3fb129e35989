using System.Globalization;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Dashboard.Reports;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Charts;

/// <summary>The data map of a completed, tracked run. Shows nothing on a machine without the run's folder.</summary>
public sealed partial class DataMap
{
    private const int MaxPoints = 2000;
    private const double Width = 300;
    private const double Height = 200;

    private static readonly double[] s_ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];

    [Parameter]
    public required RunId Run { get; set; }

    [Inject]
    public required ReportFiles Files { get; init; }

    // Razor takes an element named text for its own.
    private static MarkupString Axes { get; } = new(string.Concat(s_ticks.Select(tick =>
        Text("-5", Y(tick, below: 4), "end", Number(tick)) + Text(X(tick / 2), "213", "middle", Number(tick / 2))))
        + Text("150", "227", "middle", "standard deviation"));

    private IReadOnlyList<DataMapPoint>? Points { get; set; }

    // Why there is no map; the rest of the page does not depend on it.
    private string? Failure { get; set; }

    protected override void OnInitialized()
    {
        try
        {
            Points = Files.FolderOf(Run.Experiment) is { } folder ? LearningFiles.ReadMap(System.IO.Path.Combine(folder, Run.Name)) : null;
        }
        catch (UserErrorException error)
        {
            Failure = error.Message;
        }
    }

    // A line of no length with round ends is a dot; one path holds thousands of them.
    private static string Path(IReadOnlyList<DataMapPoint> points) => string.Concat(points.Select(point => $"M{X(point.Deviation)} {Y(point.Mean)}h0"));

    private static string Text(string x, string y, string anchor, string text) =>
        $"<text x=\"{x}\" y=\"{y}\" font-size=\"10\" text-anchor=\"{anchor}\" fill=\"currentColor\">{text}</text>";

    private static string X(double deviation) => Number(Width * 2 * deviation);

    private static string Y(double mean, double below = 0) => Number((Height * (1 - mean)) + below);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
