namespace Cgh.Dashboard.Charts;

/// <summary>One plot of a chart; the plots of a chart lie above each other and share the epoch axis.</summary>
/// <param name="Title">Title of the vertical axis, with its unit.</param>
/// <param name="Column">Index of the curve's column that is drawn.</param>
/// <param name="IsPercent">The axis shows 0 to 100 instead of what the data spans.</param>
public sealed record ChartPanel(string Title, int Column, bool IsPercent);

/// <summary>One line in every plot of a chart.</summary>
/// <param name="Name">What the legend and the hover label call it.</param>
/// <param name="Look">How it is drawn.</param>
/// <param name="Run">Whose curve it is.</param>
/// <param name="Curve">A name of <see cref="Cgh.Core.Runs.Curves"/>.</param>
public sealed record ChartSeries(string Name, LineLook Look, Core.Runs.RunId Run, string Curve)
{
    /// <summary>The run's attempt: another attempt may have cut the curve and written it again.</summary>
    public int Attempt { get; init; }

    /// <summary>More rows may come.</summary>
    public bool IsLive { get; init; } = true;

    /// <summary>False while it is not known where rows lie on the axis: none is read until then.</summary>
    public bool IsReady { get; init; } = true;

    /// <summary>Steps in an epoch, for a curve with rows within epochs; 0 for one with a row an epoch.</summary>
    public double StepsPerEpoch { get; init; }

    /// <summary>Where a row lies on the epoch axis; columns 0 and 1 are the epoch and, in <c>train.csv</c>, its step.</summary>
    public double Epoch(double[] row) => StepsPerEpoch > 0 ? row[0] + (row[1] / StepsPerEpoch) : row[0];
}

/// <summary>What charts.js needs to draw the axes and the lines, before there is a point.</summary>
internal sealed record ChartSetup(IReadOnlyList<ChartPanel> Panels, IReadOnlyList<ChartLine> Lines, double Epochs, bool Markers);

/// <summary>A line of every plot.</summary>
/// <param name="Name">What the hover label calls it.</param>
/// <param name="Variable">The style sheet's variable that has its colour.</param>
/// <param name="Dash">Index of its dash.</param>
/// <param name="Hidden">It is not drawn for now.</param>
internal sealed record ChartLine(string Name, string Variable, int Dash, bool Hidden);

/// <summary>New points of one line; the numbers travel in one block for all lines.</summary>
/// <param name="Line">Index of the line.</param>
/// <param name="Count">How many points: so many epochs, then so many values for each plot.</param>
/// <param name="Replace">They are all the points, not the next ones.</param>
internal sealed record ChartUpdate(int Line, int Count, bool Replace);
