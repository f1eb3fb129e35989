using Cgh.Core.Runs;
using ScottPlot;

namespace Cgh.Reports;

/// <summary>Draws a <see cref="ParameterFigure"/>: a line for each evaluation set.</summary>
internal static class ParameterFigurePainter
{
    public const int Width = 900;
    public const int Height = 600;

    private const float FontSize = FigurePlot.FontSize;

    // Of Okabe and Ito, as the rules' colours. The markers tell the sets apart without colour.
    private static readonly (string Set, string Color, MarkerShape Marker)[] s_lines =
    [
        (Curves.Pristine, "#0072b2", MarkerShape.FilledCircle),
        (Curves.Corrupt, "#d55e00", MarkerShape.OpenSquare),
        (Curves.TrainSample, "#cc79a7", MarkerShape.FilledDiamond),
        (Curves.Test, "#009e73", MarkerShape.FilledTriangleUp),
    ];

    public static byte[] Png(ParameterFigure figure)
    {
        using var plot = Paint(figure);
        return plot.GetImage(Width, Height).GetImageBytes(ImageFormat.Png);
    }

    private static Plot Paint(ParameterFigure figure)
    {
        ReportFont.Use();
        var plot = FigurePlot.Create(title: null, $"{figure.Letter} of {figure.Form}", "top-1 accuracy (%)");

        var values = figure.Variants.Select(variant => variant.Rule[figure.Letter]).ToArray();
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. values.Select(value => (double)value)], [.. values.Select(value => $"{value}")]);
        foreach (var (set, color, marker) in s_lines)
        {
            var points = figure.Points(set).Select(point => new Coordinates(point.Value, point.Top1)).ToArray();
            if (points.Length == 0)
            {
                continue;
            }

            var line = plot.Add.Scatter(points);
            line.LegendText = ReportText.Title(set);
            line.Color = Color.FromHex(color);
            line.LineWidth = 2.5f;
            line.MarkerShape = marker;
            line.MarkerSize = 11;
            line.MarkerLineWidth = 2;
        }

        var margin = 0.03 * (values[^1] - values[0]);
        plot.Axes.SetLimits(values[0] - margin, values[^1] + margin, -3, 103);
        var legend = plot.ShowLegend(Edge.Bottom);
        legend.Legend.FontSize = FontSize;
        legend.Legend.FontName = ReportFont.Name;
        legend.Legend.Orientation = Orientation.Horizontal;
        legend.Legend.OutlineColor = Colors.Transparent;
        legend.Legend.ShadowColor = Colors.Transparent;
        return plot;
    }
}
