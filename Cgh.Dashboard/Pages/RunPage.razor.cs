using Cgh.Core.Experiments;
using Cgh.Core.Runs;
using Cgh.Core.Stages;
using Cgh.Core.Store;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Reports;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What a run's page shows, except for the curves.</summary>
/// <param name="Experiment">Its experiment.</param>
/// <param name="Run">Its state.</param>
/// <param name="WaitsFor">The run that it waits for; null if it can start or has started.</param>
/// <param name="Derived">What a completed stage derived; null for other runs, and if its folder is not on this machine.</param>
public sealed record RunModel(ExperimentState Experiment, RunState Run, RunState? WaitsFor, StageResult? Derived);

/// <summary>A run: its state, its curves and its configuration.</summary>
public sealed partial class RunPage : LivePage<RunModel>
{
    private static readonly IReadOnlyList<ChartPanel> s_trainPanels = [new("Loss (cross-entropy)", Column: 3, IsPercent: false)];

    [Parameter]
    public string Experiment { get; set; } = "";

    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>The accuracy shown: 1 (top-1) or 5 (top-5).</summary>
    [SupplyParameterFromQuery(Name = "top")]
    public string? Top { get; set; }

    /// <summary>Evaluation sets hidden in the chart, separated by commas.</summary>
    [SupplyParameterFromQuery(Name = "hide")]
    public string? Hide { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required ReportFiles Files { get; init; }

    protected override string Key => $"run {Experiment}/{Name}";

    private IReadOnlyList<string> Sets => Curves.EvaluationSetsIn(Run.Latest.Keys);

    private IReadOnlyList<(string Name, LineLook Look)> SetLines =>
        [.. Sets.Select(curve => (CurveText.Title(curve), Palette.OfSet(curve)))];

    private AccuracyMetric Shown => AccuracyMetric.Parse(Top);

    private IReadOnlySet<string> HiddenSets => QueryList.Parse(Hide);

    private RunState Run => Model!.Run;

    private bool IsStage => Run.Spec.Derive is not null;

    private RunFolder? Folder => FolderOf(Run.Id);

    private bool IsLive => Run.Status.IsActive();

    private IReadOnlyList<ChartSeries> SetSeries =>
    [
        .. Sets
            .Zip(SetLines, (curve, line) => new ChartSeries(line.Name, line.Look, Run.Id, curve) { Attempt = Run.Attempt, IsLive = IsLive }),
    ];

    private IReadOnlyList<ChartSeries> TrainSeries =>
    [
        new ChartSeries(Run.Id.Name, Palette.Of(Model!.Experiment.Recipe, Run.Spec), Run.Id, Curves.Train)
        {
            Attempt = Run.Attempt,
            IsLive = IsLive,
            IsReady = Run.TotalSteps > 0,
            StepsPerEpoch = (double)Run.TotalSteps / Run.Spec.Epochs,
        },
    ];

    // In the colours of the sets that the examples are from.
    private IReadOnlyList<ChartSeries> CoherenceSeries =>
    [
        .. new[]
        {
            (Curves.Coherence, Of: Curves.TrainSample, "All examples"),
            (Curves.CoherencePristine, Of: Curves.Pristine, CurveText.Title(Curves.Pristine)),
            (Curves.CoherenceCorrupt, Of: Curves.Corrupt, CurveText.Title(Curves.Corrupt)),
        }
        .Where(line => line.Of == Curves.TrainSample || Run.Latest.ContainsKey(Curves.Corrupt))
        .Select(line => new ChartSeries(line.Item3, Palette.OfSet(line.Of), Run.Id, line.Item1) { Attempt = Run.Attempt, IsLive = IsLive }),
    ];

    protected override async Task<RunModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var experiment = await Store.FindExperimentAsync(Experiment, cancellationToken);
        var run = await Store.FindRunAsync(new RunId(Experiment, Name), cancellationToken);
        if (experiment is null || run is null)
        {
            return null;
        }

        var needs = StageInputs.Of(run.Spec, experiment.Recipe) is { } name
            ? await Store.FindRunAsync(new RunId(Experiment, name), cancellationToken)
            : null;
        return new RunModel(experiment, run, StageInputs.WaitsFor(run, experiment.Recipe, needs is null ? [] : [needs]), DerivedBy(run));
    }

    protected override bool IsAffectedBy(FeedChange change) => change.Experiment == Experiment;

    private StageResult? DerivedBy(RunState run) =>
        run is { Status: RunStatus.Completed, Spec.Derive: not null } && FolderOf(run.Id) is { Exists: true } folder ? folder.Load().Derived : null;

    private RunFolder? FolderOf(RunId run) => Files.FolderOf(run.Experiment) is { } experiment ? new ExperimentFolder(experiment).Run(run.Name) : null;

    private void ToggleSet(string name) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("hide", QueryList.Toggle(Hide, name)), replace: true);
}
