namespace Cgh.Dashboard.Components;

/// <summary>A line of a chart in its table.</summary>
/// <param name="Name">Name of the line.</param>
/// <param name="Points">Its points.</param>
/// <param name="Format">Writes a value.</param>
public sealed record FigureLine(string Name, IReadOnlyList<(double X, double Y)> Points, Func<double, string> Format);
