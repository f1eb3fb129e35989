using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Reports;
using Cgh.Reports;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What an experiment's page shows, except for the curves.</summary>
public sealed record ExperimentModel(ExperimentState Experiment, IReadOnlyList<RunState> Runs, DatasetState? Dataset, bool HasReport, LiveFindings Finding);

/// <summary>An experiment: its runs, and their curves side by side for each evaluation set.</summary>
public sealed partial class ExperimentPage : LivePage<ExperimentModel>
{
    private CurveReader? _curves;

    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>The accuracy shown: 1 (top-1) or 5 (top-5).</summary>
    [SupplyParameterFromQuery(Name = "top")]
    public string? Top { get; set; }

    /// <summary>Runs hidden in the charts, separated by commas.</summary>
    [SupplyParameterFromQuery(Name = "hide")]
    public string? Hide { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required ReportFiles Files { get; init; }

    [Inject]
    public required DatasetClasses Classes { get; init; }

    protected override string Key => $"experiment {Id}";

    private AccuracyMetric Shown => AccuracyMetric.Parse(Top);

    private IReadOnlySet<string> HiddenRuns => QueryList.Parse(Hide);

    // Stages have no curves.
    private IEnumerable<RunState> Trained => Model!.Runs.Where(run => run.Spec.Derive is null);

    private double Epochs => Trained.Select(run => run.Spec.Epochs).DefaultIfEmpty(1).Max();

    // More lines would be hidden behind their markers, which take most of the time to draw.
    private bool HasMarkers => Trained.Count() <= 20;

    private string CompareUrl => HiddenRuns.Count == 0
        ? PageUrls.Compare(Id)
        : PageUrls.Compare(Trained.Select(run => run.Id).Where(run => !HiddenRuns.Contains(run.Name)));

    private IReadOnlyList<(string Name, LineLook Look)> Lines =>
        [.. Trained.Select(run => (run.Id.Name, Palette.Of(Model!.Experiment.Recipe, run.Spec)))];

    protected override async Task<ExperimentModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var experiment = await Store.FindExperimentAsync(Id, cancellationToken);
        if (experiment is null)
        {
            return null;
        }

        var runs = await Store.ListRunsAsync(Id, cancellationToken);
        _curves ??= new CurveReader(Store);
        await _curves.ReadAsync(runs.Where(run => run.Spec.Derive is null), [Curves.Test], cancellationToken);
        return new ExperimentModel(
            experiment,
            runs,
            experiment.Status == ExperimentStatus.Preparing ? await Store.FindDatasetAsync(experiment.Recipe.Dataset.Name, cancellationToken) : null,
            experiment.Status.IsOver() && Files.List(Id).Count > 0,
            LiveFindings.Of(runs, run => _curves.Rows(run, Curves.Test), _ => Classes.Of(experiment.Recipe)));
    }

    protected override bool IsAffectedBy(FeedChange change) =>
        change.Experiment == Id || (change.Dataset is { } dataset && dataset == Model?.Experiment.Recipe.Dataset.Name);

    private IReadOnlyList<ChartSeries> SeriesOf(string curve) => SeriesOf(curve, Trained);

    private IReadOnlyList<ChartSeries> CoherenceOf(string curve) => SeriesOf(curve, Trained.Where(run => run.Spec.CoherenceEvery > 0));

    private IReadOnlyList<ChartSeries> SeriesOf(string curve, IEnumerable<RunState> runs) =>
    [
        .. runs.Select(run => new ChartSeries(run.Id.Name, Palette.Of(Model!.Experiment.Recipe, run.Spec), run.Id, curve)
        {
            Attempt = run.Attempt,
            IsLive = run.Status.IsActive(),
        }),
    ];

    private void ToggleRun(string name) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("hide", QueryList.Toggle(Hide, name)), replace: true);
}
