using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Parts;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>All that a run's page shows beside its curves.</summary>
public sealed record RunModel(ExperimentState Experiment, RunState Run);

/// <summary>One run: its state, its curves, and what was asked for.</summary>
public sealed partial class RunPage : LivePage<RunModel>
{
    private static readonly IReadOnlyList<ChartPanel> s_trainPanels = [new("Loss (cross-entropy)", Column: 3, IsPercent: false)];

    [Parameter]
    public string Experiment { get; set; } = "";

    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>Which accuracy: 1 or 5.</summary>
    [SupplyParameterFromQuery(Name = "top")]
    public string? Top { get; set; }

    /// <summary>Sets that the chart leaves out, separated by commas.</summary>
    [SupplyParameterFromQuery(Name = "hide")]
    public string? Hide { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    protected override string Key => $"run {Experiment}/{Name}";

    private static IReadOnlyList<ChartPanel> TrainPanels => s_trainPanels;

    private static IReadOnlyList<(string Name, LineLook Look)> SetLines =>
        [.. Curves.EvaluationSets.Select(curve => (Words.CurveTitle(curve), Palette.OfSet(curve)))];

    private Measure Shown => Measure.Parse(Top);

    private IReadOnlySet<string> HiddenSets => QueryList.Parse(Hide);

    private RunState Run => Model!.Run;

    private bool IsLive => !Run.Status.IsAtRest();

    private IReadOnlyList<ChartSeries> SetSeries =>
    [
        .. Curves.EvaluationSets.Zip(SetLines, (curve, line) => new ChartSeries(line.Name, line.Look, Run.Id, curve) { Attempt = Run.Attempt, IsLive = IsLive }),
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

    protected override async Task<RunModel?> LoadAsync(CancellationToken stop)
    {
        var experiment = await Store.FindExperimentAsync(Experiment, stop);
        var run = await Store.FindRunAsync(new RunId(Experiment, Name), stop);
        return experiment is null || run is null ? null : new RunModel(experiment, run);
    }

    protected override bool Concerns(FeedChange change) => change.Experiment == Experiment;

    private void ToggleSet(string name) =>
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameter("hide", QueryList.Toggle(Hide, name)), replace: true);
}
