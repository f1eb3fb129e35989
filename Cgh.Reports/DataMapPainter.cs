using System.Globalization;
using Cgh.Core.Tracking;
using ScottPlot;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>Draws a <see cref="DataMapFigure"/>: mean of the label's probability against its standard deviation.</summary>
internal static class DataMapPainter
{
    private const int Width = 1400;
    private const int Height = 600;

    /// <summary>Draws the figure as PNG.</summary>
    public static byte[] Png(DataMapFigure figure) => FigureCanvas.Png(Width, Height, canvas => Paint(canvas, figure));

    private static void Paint(SKCanvas canvas, DataMapFigure figure)
    {
        ReportFont.Use();
        canvas.Clear(SKColors.White);
        Panel(canvas, "Pristine labels", figure.Pristine, Colors.C0, new PixelRect(0, Width / 2f, Height, 0));
        Panel(canvas, "Corrupt labels", figure.Corrupt, Colors.C3, new PixelRect(Width / 2f, Width, Height, 0));
    }

    private static void Panel(SKCanvas canvas, string title, IReadOnlyList<DataMapPoint> points, Color color, PixelRect place)
    {
        using var plot = FigurePlot.Create(
            string.Create(CultureInfo.InvariantCulture, $"{title} ({points.Count:N0})"),
            "standard deviation of the label's probability",
            "mean probability of the label");

        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.HideLegend();
        if (points.Count > 0)
        {
            var shown = DataMapPoint.Thin(points, DataMapFigure.MaxPoints);
            plot.Add.Markers(shown.Select(point => new Coordinates(point.Deviation, point.Mean)).ToArray(), MarkerShape.FilledCircle, 5, color.WithAlpha(.4));
        }

        plot.Axes.SetLimits(-0.01, 0.51, -0.02, 1.02);
        plot.Render(canvas, place);
    }
}
