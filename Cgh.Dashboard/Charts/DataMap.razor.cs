using System.Globalization;
using Cgh.Core;
using Cgh.Core.Runs;
using Cgh.Core.Tracking;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Reports;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Charts;

/// <summary>The data map of a completed, tracked run. Shows nothing on a machine without the run's folder.</summary>
public sealed partial class DataMap
{
    private const int MaxPoints = 2000;
    private const int MaxPaths = 40;
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
        + Text("150", "227", "middle", "standard deviation")
        + "<g transform=\"translate(-32 100) rotate(-90)\">" + Text("0", "0", "middle", "mean probability") + "</g>");

    private IReadOnlyList<Panel> Panels { get; set; } = [];

    // Why there is no map; the rest of the page does not depend on it.
    private string? Failure { get; set; }

    // Not while prerendering, which the interactive page would repeat, and not on the renderer's thread: the file of ImageNet's examples has 69 MB.
    protected override async Task OnInitializedAsync()
    {
        if (!RendererInfo.IsInteractive || Files.FolderOf(Run.Experiment) is not { } folder)
        {
            return;
        }

        try
        {
            Panels = await Task.Run(() => Read(System.IO.Path.Combine(folder, Run.Name)));
        }
        catch (UserErrorException error)
        {
            Failure = error.Message;
        }
    }

    // Only the points that are shown are kept.
    private static IReadOnlyList<Panel> Read(string folder)
    {
        var points = LearningFiles.ReadMap(folder) ?? [];
        return
        [
            .. points.GroupBy(point => point.IsCorrupt).OrderBy(set => set.Key).Select(set => (IsCorrupt: set.Key, Points: set.ToList()))
                .Select(set => (set.IsCorrupt, set.Points.Count, Shown: DataMapPoint.Thin(set.Points, MaxPoints)))
                .Select(set => new Panel(set.IsCorrupt, set.Count, set.Shown.Count, Paths(set.Shown))),
        ];
    }

    // A line of no length with round ends is a dot. Dots of one path do not darken each other, so several share them: where they overlap, they are dense.
    private static IReadOnlyList<string> Paths(IReadOnlyList<DataMapPoint> points) =>
    [
        .. points.Select((point, number) => (point, number)).GroupBy(dot => dot.number % MaxPaths)
            .Select(dots => string.Concat(dots.Select(dot => $"M{X(dot.point.Deviation)} {Y(dot.point.Mean)}h0"))),
    ];

    private static string Text(string x, string y, string anchor, string text) =>
        $"<text x=\"{x}\" y=\"{y}\" font-size=\"10\" text-anchor=\"{anchor}\" fill=\"currentColor\">{text}</text>";

    private static string X(double deviation) => Number(Width * 2 * deviation);

    private static string Y(double mean, double below = 0) => Number((Height * (1 - mean)) + below);

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private sealed record Panel(bool IsCorrupt, int Count, int Shown, IReadOnlyList<string> Paths)
    {
        // As in the chart of the evaluation sets.
        public LineLook Look => Palette.OfSet(IsCorrupt ? Curves.Corrupt : Curves.Pristine);

        public string Name => IsCorrupt ? "corrupt" : "pristine";

        public string Title => $"{(IsCorrupt ? "Corrupt" : "Pristine")} labels: {Format.Count(Count)} examples"
            + (Shown < Count ? $", {Format.Count(Shown)} shown" : "");
    }
}
