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
    private const float FontSize = 20;

    /// <summary>Draws the figure as PNG.</summary>
    public static byte[] Png(DataMapFigure figure)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        ReportFont.Use();
        surface.Canvas.Clear(SKColors.White);
        Panel(surface.Canvas, "Pristine labels", figure.Pristine, Colors.C0, new PixelRect(0, Width / 2f, Height, 0));
        Panel(surface.Canvas, "Corrupt labels", figure.Corrupt, Colors.C3, new PixelRect(Width / 2f, Width, Height, 0));
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }

    private static void Panel(SKCanvas canvas, string title, IReadOnlyList<DataMapPoint> points, Color color, PixelRect place)
    {
        using var plot = new Plot();
        plot.Font.Set(ReportFont.Name);
        plot.Title(string.Create(CultureInfo.InvariantCulture, $"{title} ({points.Count:N0})"), FontSize + 2);
        plot.Axes.Title.Label.Bold = false;
        plot.XLabel("standard deviation of the label's probability", FontSize);
        plot.YLabel("mean probability of the label", FontSize);
        foreach (var axis in plot.Axes.GetAxes())
        {
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontSize = FontSize - 3;
        }

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
