using ScottPlot;

namespace Cgh.Reports;

/// <summary>The plot of a figure's panel, with the font and the labels that all figures have.</summary>
internal static class FigurePlot
{
    public const float FontSize = 20;

    /// <param name="title">Title above the panel; null for none.</param>
    /// <param name="xLabel">Label of the horizontal axis; null for none.</param>
    /// <param name="yLabel">Label of the vertical axis.</param>
    public static Plot Create(string? title, string? xLabel, string yLabel)
    {
        var plot = new Plot();
        plot.Font.Set(ReportFont.Name);
        if (title is not null)
        {
            plot.Title(title, FontSize + 2);
            plot.Axes.Title.Label.Bold = false;
        }

        if (xLabel is not null)
        {
            plot.XLabel(xLabel, FontSize);
        }

        plot.YLabel(yLabel, FontSize);
        foreach (var axis in plot.Axes.GetAxes())
        {
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontSize = FontSize - 3;
        }

        return plot;
    }
}
