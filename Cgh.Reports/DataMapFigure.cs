using Cgh.Core.Tracking;

namespace Cgh.Reports;

/// <summary>The data map of a tracked run: pristine examples on the left, corrupt ones on the right.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Pristine">Points of the pristine examples.</param>
/// <param name="Corrupt">Points of the corrupt examples.</param>
internal sealed record DataMapFigure(string Run, IReadOnlyList<DataMapPoint> Pristine, IReadOnlyList<DataMapPoint> Corrupt)
{
    /// <summary>Most points of a panel; more would only hide each other.</summary>
    public const int MaxPoints = 3000;

    /// <summary>File name without extension.</summary>
    public string Name => $"data-map-{Run}";

    /// <summary>The maps of the completed runs that were tracked, in the order of the runs.</summary>
    /// <param name="runs">The experiment's runs.</param>
    public static IReadOnlyList<DataMapFigure> Of(IReadOnlyList<ReportedRun> runs) =>
    [
        .. runs
            .Where(run => run.Map is { Count: > 0 })
            .Select(run => new DataMapFigure(run.Name, [.. run.Map!.Where(point => !point.IsCorrupt)], [.. run.Map!.Where(point => point.IsCorrupt)])),
    ];
}
