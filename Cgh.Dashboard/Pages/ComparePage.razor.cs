using System.Globalization;
using Cgh.Dashboard.Charts;
using Cgh.Dashboard.Compare;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Reports;
using Cgh.Reports;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>Runs of any experiments on common axes. The address has everything that the page shows, so that a link restores it.</summary>
public sealed partial class ComparePage : LivePage<CompareModel>
{
    private static readonly (string Name, CompareAxis Value)[] s_axes = [("Epoch", CompareAxis.Epoch), ("Step", CompareAxis.Step), ("Time", CompareAxis.Time)];

    private static readonly (string Name, string Value)[] s_parts =
    [
        ("Accuracy", CompareQuery.Accuracy), ("Loss", CompareQuery.Loss), ("Training loss", CompareQuery.TrainingLoss), ("Planes", CompareQuery.Plane),
    ];

    private CurveReader? _curves;

    /// <summary>The runs: <c>EXPERIMENT</c>, <c>EXPERIMENT/RUN</c> or <c>EXPERIMENT/RUN,RUN</c>.</summary>
    [SupplyParameterFromQuery(Name = "run")]
    public string[]? Run { get; set; }

    [SupplyParameterFromQuery(Name = "x")]
    public string? Axis { get; set; }

    [SupplyParameterFromQuery(Name = "show")]
    public string? Show { get; set; }

    [SupplyParameterFromQuery(Name = "top")]
    public string? Top { get; set; }

    [SupplyParameterFromQuery(Name = "group")]
    public string? Group { get; set; }

    [SupplyParameterFromQuery(Name = "smooth")]
    public string? Smooth { get; set; }

    [SupplyParameterFromQuery(Name = "log")]
    public string? Log { get; set; }

    /// <summary>Epoch of the table's values.</summary>
    [SupplyParameterFromQuery(Name = "at")]
    public string? At { get; set; }

    /// <summary>Lines hidden in the charts, separated by commas.</summary>
    [SupplyParameterFromQuery(Name = "hide")]
    public string? Hide { get; set; }

    [SupplyParameterFromQuery(Name = "zoom")]
    public string? Zoom { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required DatasetClasses Classes { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override string Key => $"compare {string.Join(' ', Selected)}{(QueryList.Parse(Show).Contains(CompareQuery.TrainingLoss) ? " train" : "")}";

    private IReadOnlyList<string> Selected => [.. (Run ?? []).Where(text => text.Length > 0)];

    private CompareQuery Query => CompareQuery.Parse(key => key switch
    {
        "x" => Axis,
        "show" => Show,
        "top" => Top,
        "group" => Group,
        "smooth" => Smooth,
        "log" => Log,
        "at" => At,
        "zoom" => Zoom,
        _ => null,
    });

    private IReadOnlySet<string> HiddenLines => QueryList.Parse(Hide);

    // The usual ones, those in which the runs differ, and those of the address.
    private IEnumerable<string> GroupKeys => ((string[])["rule", "labels", "model"])
        .Concat(SpecSettings.Differing([.. Model!.Runs.Select(run => SpecSettings.Of(run.Spec))]).Where(key => key != SpecSettings.Seed))
        .Concat(Query.Group).Distinct();

    private IEnumerable<string> Weights => new[] { "", "0.3", "0.6", "0.9", Smooth ?? "" }.Distinct();

    private string CsvUrl => $"{CompareCsv.Address}{new Uri(Navigation.Uri).Query}";

    protected override async Task<CompareModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var model = await CompareModel.LoadAsync(Selected, Store, Classes, cancellationToken);
        _curves ??= new CurveReader(Store);
        await _curves.ReadAsync(model.Runs, ComparePanels.CurvesOf(model.Runs, Query), cancellationToken);
        return model;
    }

    protected override bool IsAffectedBy(FeedChange change) =>
        change.Experiment is { } experiment && Selected.Any(text => RunSelection.Parse(text).Experiment == experiment);

    private CompareView View()
    {
        var query = Query;
        var lines = ComparedLines.Of(Model!.Runs, query.Group);
        var panels = new ComparePanels(query, lines.Lines, _curves ?? new CurveReader(Store), Clock.GetUtcNow());
        return new CompareView(lines, panels.Make(Model.Classes), CompareValue.Of(lines.Lines, panels, query));
    }

    private string Url(string key, string? value) => Navigation.GetUriWithQueryParameter(key, value);

    private void Go(string key, object? value) =>
        Navigation.NavigateTo(Url(key, value?.ToString() is { Length: > 0 } text ? text : null), replace: true);

    // The zoom of one unit means nothing in another.
    private string AxisUrl(CompareAxis axis) => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
    {
        ["x"] = axis == CompareAxis.Epoch ? null : axis.ToString().ToLower(CultureInfo.InvariantCulture),
        ["zoom"] = CompareQuery.ZoomText(Query.Zoom.Where(zoomed => zoomed.Key != ComparePanel.CurveX)),
    });

    private string ShowUrl(string part)
    {
        var shown = Query.Show.Contains(part) ? Query.Show.Where(other => other != part) : Query.Show.Append(part);
        var ordered = CompareQuery.Parts.Where(shown.Contains).ToList();
        return Url("show", new CompareQuery().Show.SetEquals(ordered) || ordered.Count == 0 ? null : string.Join(',', ordered));
    }

    private void ZoomAsync(IReadOnlyDictionary<string, Interval> zoom) => Go("zoom", CompareQuery.ZoomText(zoom));
}
