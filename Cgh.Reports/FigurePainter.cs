using Cgh.Core.Runs;
using ScottPlot;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>Draws a <see cref="Figure"/> with ScottPlot: two panels with the same axes above a shared legend.</summary>
internal static class FigurePainter
{
    public const int Width = 1400;
    public const int PanelHeight = 552;

    private const int LegendRow = 36;
    private const float FontSize = FigurePlot.FontSize;

    /// <summary>Height of the figure in pixels, including the legend's rows.</summary>
    public static int Height(IReadOnlyList<ReportedRun> runs) => PanelHeight + LegendHeight(runs);

    public static byte[] Png(Figure figure, IReadOnlyList<ReportedRun> runs) => FigureCanvas.Png(Width, Height(runs), canvas => Paint(canvas, figure, runs));

    public static byte[] Svg(Figure figure, IReadOnlyList<ReportedRun> runs) => FigureCanvas.Svg(Width, Height(runs), canvas => Paint(canvas, figure, runs));

    private static void Paint(SKCanvas canvas, Figure figure, IReadOnlyList<ReportedRun> runs)
    {
        ReportFont.Use();
        canvas.Clear(SKColors.White);
        var lastEpoch = Math.Max(1, runs.Max(run => Math.Max(run.Spec.Epochs, run.LastEpoch ?? 0)));
        var top = Top(figure, runs);
        var plots = figure.Panels.Select(panel => Panel(figure, panel, runs, lastEpoch, top)).ToList();
        try
        {
            var middle = Width / 2f;
            plots[0].Render(canvas, new PixelRect(0, middle, PanelHeight, 0));
            plots[1].Render(canvas, new PixelRect(middle, Width, PanelHeight, 0));
            PaintLegend(canvas, runs);
        }
        finally
        {
            plots.ForEach(plot => plot.Dispose());
        }
    }

    private static Plot Panel(Figure figure, FigurePanel panel, IReadOnlyList<ReportedRun> runs, int lastEpoch, double top)
    {
        var plot = FigurePlot.Create(
            panel.Title,
            "epoch",
            figure.Quantity == Quantity.Loss ? "loss (cross-entropy, nats)" : "top-1 accuracy (%)");

        // Evaluations take place between epochs.
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };

        // Both panels are on the same canvas.
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.HideLegend();
        var drawn = 0;
        foreach (var i in Enumerable.Range(0, runs.Count).OrderByDescending(index => runs[index].Spec.Rule.Kind.Look.Width))
        {
            var points = runs[i].Rows[panel.Set]
                .Where(row => row.Count > 0 && double.IsFinite(figure.Value(row)))
                .Select(row => new Coordinates(row.Epoch, figure.Value(row)))
                .ToArray();
            if (points.Length > 0)
            {
                Draw(plot, points, runs, i);
                drawn++;
            }
        }

        plot.Axes.SetLimits(-0.02 * lastEpoch, 1.02 * lastEpoch, -0.03 * top, 1.03 * top);
        if (drawn == 0)
        {
            var nothing = plot.Add.Annotation(Nothing(panel, runs), Alignment.MiddleCenter);
            nothing.LabelFontSize = FontSize;
            nothing.LabelBackgroundColor = Colors.White;
            nothing.LabelShadowColor = Colors.Transparent;
            nothing.LabelBorderColor = Colors.Transparent;
        }

        return plot;
    }

    private static void Draw(Plot plot, Coordinates[] points, IReadOnlyList<ReportedRun> runs, int index)
    {
        var (color, marker, width) = Look(runs, index);
        var line = plot.Add.Scatter(points);
        line.Color = color;
        line.LineWidth = width;
        line.MarkerShape = marker;
        line.MarkerSize = 8;
        line.MarkerLineWidth = 1.5f;
    }

    private static void PaintLegend(SKCanvas canvas, IReadOnlyList<ReportedRun> runs)
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
        for (var i = 0; i < runs.Count; i++)
        {
            var (color, marker, width) = Look(runs, i);
            legend.ManualItems.Add(new LegendItem
            {
                LabelText = LegendText(runs[i]),
                LineColor = color,
                LineWidth = width,
                MarkerStyle = new MarkerStyle(marker, 10, color) { LineColor = color, LineWidth = 1.5f },
            });
        }

        using var paint = ScottPlot.Paint.NewDisposablePaint();
        legend.Render(canvas, paint, new PixelRect(0, Width, Height(runs), PanelHeight), Alignment.MiddleCenter);
    }

    // Overestimates the widths; the legend itself wraps by the actual ones.
    private static int LegendHeight(IReadOnlyList<ReportedRun> runs)
    {
        var widest = 80 + (0.7f * FontSize * runs.Max(run => LegendText(run).Length));
        var inRow = Math.Max(1, (int)(Width / widest));
        return 12 + (LegendRow * ((runs.Count + inRow - 1) / inRow));
    }

    private static string LegendText(ReportedRun run)
    {
        var rule = run.Spec.Rule.Title;
        return string.Equals(run.Name, rule, StringComparison.OrdinalIgnoreCase) ? rule : $"{run.Name} ({rule})";
    }

    private static (Color Color, MarkerShape Marker, float Width) Look(IReadOnlyList<ReportedRun> runs, int index)
    {
        var rule = runs[index].Spec.Rule;
        var earlier = runs.Take(index).Count(run => run.Spec.Rule.Name == rule.Name);

        // No dashes: Skia's SVG canvas does not support them.
        var color = RunColors.OnLight(RunColors.Hue(rule), RunColors.Shade(earlier));

        // Markers distinguish the rules without colour. The catalog uses ScottPlot's names.
        var marker = earlier % 2 == 0 ? rule.Kind.Look.Marker : rule.Kind.Look.OtherMarker;
        return (Color.FromHex(color), Enum.Parse<MarkerShape>($"{marker}"), rule.Kind.Look.Width);
    }

    // Both panels have the same upper limit, so that they can be compared.
    private static double Top(Figure figure, IReadOnlyList<ReportedRun> runs)
    {
        if (figure.Quantity == Quantity.Top1)
        {
            return 100;
        }

        var values = runs.SelectMany(run => figure.Panels.SelectMany(panel => run.Rows[panel.Set]))
            .Where(row => row.Count > 0 && double.IsFinite(row.Loss))
            .Select(row => row.Loss)
            .DefaultIfEmpty(1);
        return Math.Max(values.Max(), 1e-3);
    }

    private static string Nothing(FigurePanel panel, IReadOnlyList<ReportedRun> runs) =>
        panel.Set == Curves.Corrupt && runs.Any(run => run.Rows[Curves.Pristine].Count > 0)
            ? "no corrupt labels in this experiment"
            : "no evaluation yet";
}
