using Cgh.Core.Experiments;
using ScottPlot;
using SkiaSharp;

namespace Cgh.Reports;

/// <summary>
/// Draws the easy-and-hard figure: on the left the generalization gap of each subset, on the right its accuracy on its own test set and on that of
/// the whole dataset. Small markers are seeds, large ones their means.
/// </summary>
internal static class EasyHardFigure
{
    public const string Name = "easy-hard";
    public const string Caption = "Generalization gap and test accuracy of the easy, random and hard subsets";

    private const int Width = 1400;
    private const int Height = 552;
    private const float FontSize = FigurePlot.FontSize;

    private static readonly Color s_gap = Color.FromHex("#7a3b8f");
    private static readonly Color s_own = Color.FromHex("#1f6fb4");
    private static readonly Color s_original = Color.FromHex("#c05a12");

    public static byte[] Png(IReadOnlyList<EasyHardSeed> seeds) => FigureCanvas.Png(Width, Height, canvas => Paint(canvas, seeds));

    public static byte[] Svg(IReadOnlyList<EasyHardSeed> seeds) => FigureCanvas.Svg(Width, Height, canvas => Paint(canvas, seeds));

    private static void Paint(SKCanvas canvas, IReadOnlyList<EasyHardSeed> seeds)
    {
        ReportFont.Use();
        canvas.Clear(SKColors.White);
        using var left = Panel("Generalization gap", "train - test (percentage points)");
        Add(left, seeds, subset => subset.Gap, s_gap, MarkerShape.FilledCircle, "gap");
        left.HideLegend();
        left.Render(canvas, new PixelRect(0, Width / 2f, Height, 0));

        using var right = Panel("Test accuracy", "top-1 accuracy (%)");
        Add(right, seeds, subset => subset.Test, s_own, MarkerShape.FilledSquare, "own test set");
        Add(right, seeds, subset => subset.OriginalTest, s_original, MarkerShape.OpenDiamond, "original test set");
        right.ShowLegend(Alignment.UpperRight);
        right.Legend.FontSize = FontSize - 2;
        right.Render(canvas, new PixelRect(Width / 2f, Width, Height, 0));
    }

    private static Plot Panel(string title, string yLabel)
    {
        var plot = FigurePlot.Create(title, xLabel: null, yLabel);

        plot.Axes.Bottom.SetTicks([0, 1, 2], [.. EasyHardChain.Subsets]);
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        plot.Axes.SetLimits(-0.4, 2.4, -3, 105);
        return plot;
    }

    private static void Add(Plot plot, IReadOnlyList<EasyHardSeed> seeds, Func<EasyHardSubset, double> value, Color color, MarkerShape marker, string label)
    {
        double[] places = [0, 1, 2];
        foreach (var seed in seeds)
        {
            var points = plot.Add.ScatterPoints(places, [.. seed.Subsets.Select(value)]);
            points.Color = color.WithAlpha(0.6);
            points.MarkerShape = marker;
            points.MarkerSize = 7;
        }

        var means = plot.Add.Scatter(places, [.. places.Select(place => seeds.Average(seed => value(seed.Subsets[(int)place])))]);
        means.Color = color;
        means.LineWidth = 2;
        means.MarkerShape = marker;
        means.MarkerSize = 15;
        means.MarkerLineWidth = 2;
        means.LegendText = label;
    }
}
