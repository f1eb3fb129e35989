namespace Cgh.Dashboard.Charts;

/// <summary>One plot of a chart; its plots are stacked and share the epoch axis.</summary>
/// <param name="Title">Title of the vertical axis, with the unit.</param>
/// <param name="Column">Index of the curve's column to draw.</param>
/// <param name="IsPercent">The axis spans 0 to 100 instead of the range of the data.</param>
public sealed record ChartPanel(string Title, int Column, bool IsPercent);

/// <summary>One line in every plot of a chart.</summary>
/// <param name="Name">Name in the legend and the hover label.</param>
/// <param name="Look">Colour and dash.</param>
/// <param name="Run">The run it belongs to.</param>
/// <param name="Curve">A name of <see cref="Cgh.Core.Runs.Curves"/>.</param>
public sealed record ChartSeries(string Name, LineLook Look, Core.Runs.RunId Run, string Curve)
{
    /// <summary>The run's attempt; a new attempt may truncate the curve and rewrite it.</summary>
    public int Attempt { get; init; }

    /// <summary>The run may still append rows.</summary>
    public bool IsLive { get; init; } = true;

    /// <summary>False until the steps per epoch are known; no rows are read before.</summary>
    public bool IsReady { get; init; } = true;

    /// <summary>Steps per epoch for a curve with several rows per epoch; 0 for one row per epoch.</summary>
    public double StepsPerEpoch { get; init; }

    /// <summary>The position of a row on the epoch axis; columns 0 and 1 are the epoch and, in <c>train.csv</c>, its step.</summary>
    public double Epoch(double[] row) => StepsPerEpoch > 0 ? row[0] + (row[1] / StepsPerEpoch) : row[0];
}

/// <summary>What charts.js needs to create a chart, before the first point.</summary>
internal sealed record ChartSetup(IReadOnlyList<ChartPanel> Panels, IReadOnlyList<ChartLine> Lines, double Epochs, bool Markers);

/// <summary>A line, drawn in every plot.</summary>
/// <param name="Name">Name in the hover label.</param>
/// <param name="Variable">CSS variable with its colour.</param>
/// <param name="Dash">Index of its dash pattern.</param>
/// <param name="Hidden">Currently hidden.</param>
internal sealed record ChartLine(string Name, string Variable, int Dash, bool Hidden);

/// <summary>New points of one line; the values of all lines are sent as one block.</summary>
/// <param name="Line">Index of the line.</param>
/// <param name="Count">Number of points: this many epochs, then this many values for each plot.</param>
/// <param name="Replace">Replaces all points instead of appending.</param>
internal sealed record ChartUpdate(int Line, int Count, bool Replace);
