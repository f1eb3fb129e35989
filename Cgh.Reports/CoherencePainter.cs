using Cgh.Core.Runs;
using ScottPlot;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>Draws a <see cref="CoherenceFigure"/>: accuracy and coherence side by side and, with corrupt labels, pristine and corrupt below.</summary>
internal static class CoherencePainter
{
    public const int Width = 1400;
    public const int PanelHeight = 520;

    private const int LegendRow = 40;
    private const float FontSize = FigurePlot.FontSize;

    // Of Okabe and Ito. The runs of an experiment often have the same rule, so the rules' colours do not tell them apart.
    private static readonly (string Color, MarkerShape Marker)[] s_looks =
    [
        ("#0072b2", MarkerShape.FilledCircle),
        ("#e69f00", MarkerShape.FilledDiamond),
        ("#d55e00", MarkerShape.OpenSquare),
        ("#009e73", MarkerShape.FilledTriangleUp),
        ("#cc79a7", MarkerShape.OpenTriangleDown),
        ("#56b4e9", MarkerShape.OpenCircle),
    ];

    /// <summary>Height of the figure in pixels, including the legend's rows.</summary>
    public static int Height(CoherenceFigure figure) => (PanelRows(figure) * PanelHeight) + LegendHeight(figure);

    public static byte[] Png(CoherenceFigure figure) => FigureCanvas.Png(Width, Height(figure), canvas => Paint(canvas, figure));

    public static byte[] Svg(CoherenceFigure figure) => FigureCanvas.Svg(Width, Height(figure), canvas => Paint(canvas, figure));

    private static void Paint(SKCanvas canvas, CoherenceFigure figure)
    {
        ReportFont.Use();
        canvas.Clear(SKColors.White);
        var runs = figure.Groups.SelectMany(group => group.Runs).ToList();
        var lastEpoch = Math.Max(1, runs.Max(run => Math.Max(run.Run.Spec.Epochs, run.Run.LastEpoch ?? 0)));

        // The panels of coherence have the same axes, so that they can be compared.
        var top = Math.Max(1, runs.SelectMany(run => run.Points.Values).SelectMany(points => points).Max(point => point.Coherence));
        Panel(canvas, 0, "Train sample", "top-1 accuracy (%)", figure, run => Accuracy(run.Run), lastEpoch, 100);
        for (var i = 0; i < figure.Panels.Count; i++)
        {
            var (curve, title) = figure.Panels[i];
            Panel(canvas, i + 1, title, "m-coherence", figure, run => Points(run, curve), lastEpoch, top);
        }

        PaintLegend(canvas, figure);
    }

    private static IEnumerable<Coordinates> Accuracy(ReportedRun run) =>
        run.Rows[Curves.TrainSample].Where(row => row.Count > 0 && double.IsFinite(row.Acc1)).Select(row => new Coordinates(row.Epoch, row.Acc1));

    private static IEnumerable<Coordinates> Points(CoherenceRun run, string curve) =>
        run.Points[curve].Select(point => new Coordinates(point.Epoch, point.Coherence));

    private static void Panel(
        SKCanvas canvas,
        int place,
        string title,
        string yLabel,
        CoherenceFigure figure,
        Func<CoherenceRun, IEnumerable<Coordinates>> points,
        int lastEpoch,
        double top)
    {
        using var plot = FigurePlot.Create(title, "epoch", yLabel);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.HideLegend();
        for (var group = 0; group < figure.Groups.Count; group++)
        {
            foreach (var coordinates in figure.Groups[group].Runs.Select(run => points(run).ToArray()).Where(coordinates => coordinates.Length > 0))
            {
                var (color, marker) = Look(group);
                var line = plot.Add.Scatter(coordinates);
                line.Color = color;
                line.LineWidth = 2;
                line.MarkerShape = marker;
                line.MarkerSize = 8;
                line.MarkerLineWidth = 1.5f;
            }
        }

        plot.Axes.SetLimits(-0.02 * lastEpoch, 1.02 * lastEpoch, -0.03 * top, 1.05 * top);
        var (left, above) = (place % 2 * Width / 2f, place / 2 * PanelHeight);
        plot.Render(canvas, new PixelRect(left, left + (Width / 2f), above + PanelHeight, above));
    }

    private static void PaintLegend(SKCanvas canvas, CoherenceFigure figure)
    {
        using var plot = new Plot();
        plot.Font.Set(ReportFont.Name);
        var legend = plot.Legend;
        legend.Orientation = Orientation.Horizontal;
        legend.FontSize = FontSize;
        legend.FontName = ReportFont.Name;
        legend.OutlineColor = Colors.Transparent;
        legend.ShadowColor = Colors.Transparent;
        legend.SymbolWidth = 44;
        for (var group = 0; group < figure.Groups.Count; group++)
        {
            var (color, marker) = Look(group);
            legend.ManualItems.Add(new LegendItem
            {
                LabelText = figure.Groups[group].Title,
                LineColor = color,
                LineWidth = 2,
                MarkerStyle = new MarkerStyle(marker, 10, color) { LineColor = color, LineWidth = 1.5f },
            });
        }

        using var paint = ScottPlot.Paint.NewDisposablePaint();
        legend.Render(canvas, paint, new PixelRect(0, Width, Height(figure), PanelRows(figure) * PanelHeight), Alignment.MiddleCenter);
    }

    private static int PanelRows(CoherenceFigure figure) => (figure.Panels.Count + 2) / 2;

    // Overestimates the widths; the legend itself wraps by the actual ones.
    private static int LegendHeight(CoherenceFigure figure)
    {
        var widest = 80 + (0.7f * FontSize * figure.Groups.Max(group => group.Title.Length));
        var inRow = Math.Max(1, (int)(Width / widest));
        return 12 + (LegendRow * ((figure.Groups.Count + inRow - 1) / inRow));
    }

    private static (Color Color, MarkerShape Marker) Look(int group)
    {
        var (color, marker) = s_looks[group % s_looks.Length];
        return (Color.FromHex(color), marker);
    }
}
