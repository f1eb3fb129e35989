using Cgh.Core.Runs;
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
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="runs">Its runs.</param>
    /// <exception cref="Cgh.Core.UserErrorException">The derived file of a run is damaged.</exception>
    public static IReadOnlyList<DataMapFigure> Of(string folder, IReadOnlyList<ReportedRun> runs) =>
    [
        .. runs
            .Where(run => run.Status == RunStatus.Completed && run.Spec.TrackLearning != LearningTracking.Off)
            .Select(run => (run.Name, Points: LearningFiles.ReadMap(Path.Combine(folder, run.Name))))
            .Where(run => run.Points is { Count: > 0 })
            .Select(run => new DataMapFigure(
                run.Name, [.. run.Points!.Where(point => !point.IsCorrupt)], [.. run.Points!.Where(point => point.IsCorrupt)])),
    ];
}
